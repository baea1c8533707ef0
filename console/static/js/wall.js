// The wall: live cards, the chosen alert, the map, the keyboard. Cards in the page are the one list; the map follows them.
import { follow } from "./live.js";
import { streetMap } from "./map.js";
import { now, refill, setNow, tickAges } from "./page.js";
import { viewerKey, viewersIn } from "./viewer.js";

const body = document.body;
const queue = document.getElementById("queue");
const stage = document.getElementById("stage");
const badge = document.getElementById("link");
let markers = null;
let chosen = null;

const cards = () => [...queue.querySelectorAll(".card")];
const cardOf = (id) => queue.querySelector(`.card[data-id="${CSS.escape(id)}"]`);

async function fragment(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (answer.status === 401) window.location.assign(`/sign-in?next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
  return answer.ok && answer.status !== 204 ? answer.text() : "";
}

function element(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  return holder.content.firstElementChild;
}

/** Fetch one card anew and put it where its state belongs; a card that no longer belongs on the wall goes. */
async function refreshCard(id) {
  const html = await fragment(`/wall/leads/${encodeURIComponent(id)}/card`);
  const old = cardOf(id);
  if (!html) { old?.remove(); return; }
  const card = element(html);
  const isNew = !old && card.dataset.group === "waiting";
  const list = queue.querySelector(`[data-cards="${card.dataset.group}"]`);
  if (old?.parentElement === list) old.replaceWith(card);
  else { old?.remove(); list.prepend(card); }
  if (isNew) arrived(card);
}

function arrived(card) {
  card.classList.add("fresh");
  announce(card.dataset.title);
  if (body.dataset.sound === "on") beep();
  if (!chosen) choose(card.dataset.id);
}

function announce(text) { document.getElementById("said").textContent = text; }

function settle() {
  for (const list of queue.querySelectorAll("[data-cards]")) {
    const count = list.querySelectorAll(".card").length;
    list.closest("section").querySelector("[data-count]").textContent = String(count);
    const empty = list.closest("section").querySelector("[data-empty]");
    if (empty) empty.hidden = count > 0;
  }
  const waiting = queue.querySelectorAll('[data-cards="waiting"] .card').length;
  document.title = (waiting ? `(${waiting}) ` : "") + body.dataset.title;
  for (const card of cards()) card.setAttribute("aria-current", String(card.dataset.id === chosen));
  markers?.sync(cards(), chosen);
  tickAges();
}

async function refreshCounts() {
  const html = await fragment("/wall/counts");
  if (!html) return;
  const counts = element(html);
  document.getElementById("counts").replaceWith(counts);
  setNow(counts.dataset.now);
  tickClock();
}

/** Fetch the cameras that something is wrong with; one that is new in the list is said aloud. */
async function refreshCameras() {
  const html = await fragment("/wall/cameras");
  if (!html) return;
  const before = new Set([...document.querySelectorAll("#cameras .camera")].map((one) => one.textContent));
  const fresh = element(html);
  document.getElementById("cameras").replaceWith(fresh);
  const news = [...fresh.querySelectorAll(".camera.stops")].filter((one) => !before.has(one.textContent));
  if (news.length) announce(news.map((one) => one.textContent.trim()).join(" "));
  if (news.length && body.dataset.sound === "on") beep();
}

let waitingForCounts = null;
function countsSoon() {
  clearTimeout(waitingForCounts);
  waitingForCounts = setTimeout(refreshCounts, 300);
}

async function choose(id, { refetch = false } = {}) {
  if (chosen === id && !refetch) return;
  chosen = id;
  settle();
  cardOf(id)?.scrollIntoView({ block: "nearest" });
  cardOf(id)?.classList.remove("fresh");
  const html = await fragment(`/wall/leads/${encodeURIComponent(id)}`);
  if (chosen !== id) return;
  stage.innerHTML = html;
  refill(stage);
  window.htmx.process(stage);
  viewersIn(stage);
  markers?.goTo(id);
  history.replaceState(null, "", `/wall?lead=${encodeURIComponent(id)}`);
}

function step(direction) {
  const list = cards();
  if (!list.length) return;
  const place = list.findIndex((card) => card.dataset.id === chosen);
  choose(list[Math.min(Math.max(place + direction, 0), list.length - 1)].dataset.id);
}

/** After a step: the next alert that waits, so that a row of alerts is worked off without a mouse. */
function chooseNext() {
  const next = queue.querySelector('[data-cards="waiting"] .card');
  if (next && next.dataset.id !== chosen) choose(next.dataset.id);
  else if (chosen) choose(chosen, { refetch: true });
}

function beep() {
  const audio = new AudioContext();
  for (const [at, pitch] of [[0, 660], [0.16, 880]]) {
    const tone = audio.createOscillator(), volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.12, audio.currentTime + at);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.15);
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.16);
  }
  setTimeout(() => audio.close(), 800);
}

const faceTime = new Intl.DateTimeFormat("zh-CN", { timeZone: body.dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const faceDay = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: body.dataset.zone, year: "numeric", month: "long", day: "numeric", weekday: "short" });
function tickClock() {
  document.getElementById("face-time").textContent = faceTime.format(now());
  document.getElementById("face-day").textContent = faceDay.format(now());
}

const KEYS = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  c: () => stage.querySelector('[data-key="c"]:not(:disabled)')?.click(),
  x: () => stage.querySelector('[data-key="x"]:not(:disabled)')?.click(),
  m: () => body.toggleAttribute("data-big-map"),
  s: () => document.getElementById("sound").click(),
  "?": () => document.getElementById("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
  const act = KEYS[event.key] ?? (viewerKey(stage, event.key) ? () => {} : null);
  if (!act) return;
  event.preventDefault();
  act();
});

queue.addEventListener("click", (event) => {
  const card = event.target.closest(".card");
  if (card) choose(card.dataset.id);
});
document.getElementById("sound").addEventListener("click", (event) => {
  const on = body.dataset.sound !== "on";
  body.dataset.sound = on ? "on" : "off";
  event.currentTarget.setAttribute("aria-pressed", String(on));
  localStorage.setItem("wall-sound", body.dataset.sound);
  if (on) beep();
});
if (localStorage.getItem("wall-sound") === "on") {
  body.dataset.sound = "on";
  document.getElementById("sound").setAttribute("aria-pressed", "true");
}
document.addEventListener("htmx:after:swap", () => { viewersIn(stage); tickAges(); });
let tookAt = -Infinity; // the stage already shows what our own step led to
document.addEventListener("nonsite:taken", () => { tookAt = performance.now(); setTimeout(chooseNext, 900); });

const changes = new Map();
function changed(event) {
  const id = event.subject === "case" ? null : event.id;
  if (id) {
    clearTimeout(changes.get(id));
    changes.set(id, setTimeout(async () => {
      await refreshCard(id);
      settle();
      const busy = stage.querySelector("dialog[open], .htmx-request");
      if (id === chosen && !busy && performance.now() - tookAt > 2000) choose(id, { refetch: true });
    }, 80));
  }
  countsSoon();
}

follow("cases", body.dataset.after, {
  changed,
  reset: () => window.location.reload(),
  state: (name) => { badge.className = `link ${name}`; badge.textContent = badge.dataset[name]; },
});
follow("cameras", body.dataset.camerasAfter, { changed: refreshCameras, reset: refreshCameras });
tickClock();
setInterval(tickClock, 1000);
setInterval(refreshCounts, 30000);
streetMap(document.getElementById("map"), (id) => choose(id)).then((made) => { markers = made; settle(); if (chosen) markers.goTo(chosen); });
viewersIn(stage);
chosen = body.dataset.chosen || null;
if (!chosen) chooseNext();
settle();
