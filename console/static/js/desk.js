// The desk: lists that refresh when something changed, records that say so when somebody else moved them.
import { follow } from "./live.js";
import "./page.js";
import { viewerKey, viewersIn } from "./viewer.js";

const data = document.body.dataset;
let waiting = null;

/** The list is fetched anew in place, with the filters as they stand. */
async function refreshList() {
  const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("results")?.replaceWith(page.getElementById("results"));
}

function changed(event) {
  if (data.live === "list") {
    clearTimeout(waiting);
    waiting = setTimeout(refreshList, 600);
  } else if (event.at && Date.parse(event.at) <= Date.parse(data.now)) {
    return; // the step that led to this page, told a moment later
  } else if (data.watch?.split(" ").includes(event.id)) {
    document.getElementById("changed")?.removeAttribute("hidden");
  }
}

if (data.after) follow("cases", data.after, { changed, reset: () => changed({ id: data.watch?.split(" ")[0] }) });
viewersIn(document);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  if (event.key === "/" && document.getElementById("q")) { event.preventDefault(); document.getElementById("q").focus(); }
  else if (viewerKey(document, event.key)) event.preventDefault();
});
