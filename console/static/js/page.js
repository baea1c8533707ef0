// What every page shares: the session's token on htmx requests, times that go on, dialogs, forms that are sent once.
/* global htmx */

const csrf = document.body.dataset.csrf;

document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRF-Token"] = csrf;
});

/** Dialogs open by a button that names them and close by any [data-close] inside. */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

/** Ctrl+Enter sends a form from inside its text, so that a dialog needs no mouse. */
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest?.("form")?.requestSubmit();
});

/** A step is taken once, however often the button is pressed. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});

/** What was typed into a step outlives the end of a session: kept in this tab from sending until a step was taken. */
const KEPT = "nonsite-kept ";
const steps = (root) => [...root.querySelectorAll('form[method="post"][action*="/steps/"]')];
const keptAs = (form) => `${KEPT}${document.body.dataset.user} ${new URL(form.action).pathname}`;

document.addEventListener("submit", (event) => {
  if (!steps(document).includes(event.target)) return;
  sessionStorage.setItem(keptAs(event.target), JSON.stringify([...new FormData(event.target)].filter(([name]) => name !== "csrf")));
}, true);

export function refill(root) {
  for (const form of steps(root)) {
    const kept = JSON.parse(sessionStorage.getItem(keptAs(form)) ?? "[]");
    for (const [name, value] of kept) {
      const field = form.elements.namedItem(name);
      if (field?.type === "checkbox") field.checked = true;
      else if (field) field.value = value;
    }
    if (kept.length && form.closest("details")) form.closest("details").open = true;
  }
}

export function forget() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEPT)) sessionStorage.removeItem(key);
}
document.addEventListener("nonsite:taken", forget);
if (document.querySelector(".note.ok")) forget();
else refill(document);

/** Ages: <time data-since="ISO"> counts on from the moment that the page says it is now. */
const words = document.body.dataset;
let anchor = null;
export function setNow(iso) { anchor = { now: Date.parse(iso), at: performance.now() }; }
export function now() { return anchor ? anchor.now + performance.now() - anchor.at : Date.now(); }

function age(seconds) {
  if (seconds < 60) return words.justNow;
  if (seconds < 3600) return words.minutesAgo.replace("{n}", String(Math.floor(seconds / 60)));
  if (seconds < 172800) return words.hoursAgo.replace("{n}", String(Math.floor(seconds / 3600)));
  return words.daysAgo.replace("{n}", String(Math.floor(seconds / 86400)));
}

export function tickAges() {
  for (const time of document.querySelectorAll("time[data-since]"))
    time.textContent = age(Math.max(0, (now() - Date.parse(time.dataset.since)) / 1000));
}

if (words.now) {
  setNow(words.now);
  tickAges();
  setInterval(tickAges, 5000);
}
