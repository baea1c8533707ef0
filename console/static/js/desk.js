// The desk: lists that refresh when something changed; records that do too, and say so when it was somebody else.
import { follow } from "./live.js";
import { tickAges } from "./page.js";
import { viewerKey, viewersIn } from "./viewer.js";

const data = document.body.dataset;
let waiting = null;

/** None where the session has ended: what is on the screen stays, and the next step leads to the door and back. */
async function pageAsItIs() {
  const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
  return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

/** The list is fetched anew in place, with the filters as they stand. */
async function refreshList() {
  const page = await pageAsItIs();
  if (page) document.getElementById("results")?.replaceWith(page.getElementById("results"));
}

const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
const newest = (root) => part(root, "timeline")?.querySelector("li")?.dataset.by;
let filling = false; // somebody is typing into a step: it stays as it is
document.addEventListener("input", (event) => { filling ||= Boolean(event.target.closest('[data-part="steps"]')); });

/** The record is fetched anew in place; pictures and what is being filled in are left alone. */
async function refreshRecord() {
  const page = await pageAsItIs();
  if (!page) return;
  const before = part(document, "timeline")?.querySelectorAll("li").length;
  const open = part(document, "steps")?.querySelector("details[open] form")?.action;
  for (const fresh of page.querySelectorAll("[data-part]"))
    if (!(filling && fresh.dataset.part === "steps")) part(document, fresh.dataset.part)?.replaceWith(document.adoptNode(fresh));
  showEvidence(page);
  if (!filling && open) for (const form of part(document, "steps").querySelectorAll("form")) if (form.action === open) form.closest("details").open = true;
  data.now = page.body.dataset.now;
  tickAges();
  if (part(document, "timeline")?.querySelectorAll("li").length !== before) say(newest(document));
}

/** Packages that came since are added, seals that were stamped say so; what somebody is looking at stays. */
function showEvidence(page) {
  const shown = document.querySelector(".evidence");
  for (const fresh of page.querySelectorAll(".evidence > section[id]")) {
    const old = document.getElementById(fresh.id);
    if (old) { old.querySelector("header").replaceWith(document.adoptNode(fresh.querySelector("header"))); continue; }
    shown.querySelector("section:not([id])")?.remove();
    shown.append(document.adoptNode(fresh));
    window.htmx.process(fresh);
  }
  shown.className = page.querySelector(".evidence").className;
  viewersIn(shown);
}

/** The system's own steps, and one's own, are no news; somebody else's are, and so is what could not be shown yet. */
function say(by) {
  const note = document.getElementById("changed");
  const another = Boolean(by) && by !== data.me;
  if (another) note.querySelector("[data-by-another]").hidden = false;
  if (filling) note.querySelector("[data-kept]").hidden = false;
  if (another || filling) note.hidden = false;
}

function changed(event) {
  if (data.live === "list") {
    clearTimeout(waiting);
    waiting = setTimeout(refreshList, 600);
  } else if (event.at && Date.parse(event.at) <= Date.parse(data.now)) {
    return; // the step that led to this page, told a moment later
  } else if (data.watch?.split(" ").includes(event.id)) {
    clearTimeout(waiting);
    waiting = setTimeout(refreshRecord, 200);
  }
}

if (data.after) follow("cases", data.after, { changed, reset: () => changed({ id: data.watch?.split(" ")[0] }) });
viewersIn(document);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  if (event.key === "/" && document.getElementById("q")) { event.preventDefault(); document.getElementById("q").focus(); }
  else if (viewerKey(document, event.key)) event.preventDefault();
});
