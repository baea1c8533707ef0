// The street editor: what is shown, chosen, edited and proposed; the time slider; versions and drafts.
import "./page.js";
import { Calibration } from "./street-calibrate.js";
import { element, featureForm, findings } from "./street-form.js";
import { KeptCalibrations } from "./street-kept.js";
import { STYLES, StreetMap } from "./street-map.js";
import { Versions } from "./street-versions.js";

const data = document.body.dataset;
const words = JSON.parse(data.words);
const names = JSON.parse(data.layers);
const fields = JSON.parse(data.fields);
const errors = JSON.parse(data.errors);
const phases = { warn: words.phase_warn, enforce: words.phase_enforce };
const $ = (id) => document.getElementById(id);
const may = Boolean(data.mayPropose);

export async function ask(path, body, method = body ? "POST" : "GET") {
  const plain = body && !(body instanceof FormData);
  const answer = await fetch(`/api/street${path}`, {
    method,
    headers: { Accept: "application/json", ...(method === "GET" ? {} : { "X-CSRF-Token": data.csrf }), ...(plain ? { "Content-Type": "application/json" } : {}) },
    body: plain ? JSON.stringify(body) : body,
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${errors[said.code] ?? `${said.message} ${said.hint ?? ""}`} (${said.code})`);
  return said;
}

class Editor {
  constructor() {
    this.hidden = new Set();
    this.states = {};
    this.chosen = null;
    this.past = [];
    this.asking = false;
    this.map = new StreetMap($("street-map"), {
      word: (name) => words[name],
      onPick: (id) => this.choose(id),
      onMove: (id, geometry, corner) => this.change(id, { geometry }, corner),
      onPlace: (position) => this.placed(position),
    });
    this.calibration = new Calibration(this.map, { ask, words, zone: data.zone });
    this.versions = new Versions({ ask, words, names, fields, data, map: this.map, show: (node) => this.about(node), open: (document) => this.load(document, true), reload: () => this.start(), pick: (id) => this.choose(id) });
    this.kept = new KeptCalibrations(this.calibration, { ask, words, data, show: (node) => this.about(node), note: (title) => this.versions.note(title), local: (iso) => this.versions.local(iso) });
  }

  async start() {
    const [street, layers] = await Promise.all([ask(""), ask("/layers")]);
    this.layers = Object.fromEntries(layers.map((one) => [one.layer, one]));
    delete street.words;
    this.version = street.version;
    delete street.version;
    this.published = structuredClone(street);
    this.load(street, false);
    this.map.fit(this.street.features);
    this.fillLayers();
    await this.tick();
    this.versions.refresh(this.version);
  }

  load(street, edited) {
    this.street = structuredClone(street);
    this.past = edited ? [this.published.features] : [];
    this.choose(null);
  }

  find(id) { return this.street.features.find((one) => one.id === id); }

  fillLayers() {
    $("new-layer").replaceChildren(...Object.keys(STYLES).reverse().filter((name) => this.layers[name]).map((name) => new Option(names[name] ?? name, name)));
    $("layer-list").replaceChildren($("layer-list").querySelector("legend"), ...Object.keys(STYLES).reverse().map((name) => {
      const box = element("input", { type: "checkbox", checked: !this.hidden.has(name) });
      box.addEventListener("change", () => { this.hidden[box.checked ? "delete" : "add"](name); this.draw(); });
      const swatch = element("i", { class: "swatch" });
      swatch.style.borderColor = STYLES[name].color;
      return element("label", {}, box, swatch, element("span", {}, names[name] ?? name));
    }));
  }

  draw(corner = null) {
    this.map.show(this.street.features, { states: this.states, hidden: this.hidden, chosen: this.chosen });
    this.map.edit(may && this.chosen && !this.calibration.open ? this.find(this.chosen) : null, corner);
    const wanted = $("find").value.trim().toLowerCase();
    const shown = this.street.features.filter((one) => !this.hidden.has(one.properties.layer) && (!wanted || JSON.stringify(one.properties).toLowerCase().includes(wanted) || one.id.toLowerCase().includes(wanted)));
    $("feature-list").replaceChildren(...shown.slice(0, 400).map((one) => {
      const swatch = element("i", { class: "swatch" });
      swatch.style.borderColor = STYLES[one.properties.layer]?.color ?? "#888";
      const state = this.states[one.id]?.holds;
      const mark = state === undefined ? null : element("span", { class: `tag ${state === null ? "warn" : state ? "ok" : ""}` }, state === null ? words.unknown : state ? words.holds : words.rests);
      return element("li", {}, element("button", { "data-id": one.id, "aria-current": one.id === this.chosen, onclick: () => this.choose(one.id, true) }, swatch, element("span", { class: "name" }, one.properties.shop_name ?? one.properties.name ?? one.properties.holder ?? one.properties.code ?? one.id), mark));
    }));
    const changed = this.past.length > 0;
    if (!may) return;
    $("edited").textContent = words.edited.replace("{n}", this.past.length);
    for (const id of ["undo", "try", "propose"]) $(id).disabled = !changed;
  }

  choose(id, zoom = false) {
    this.chosen = id && this.find(id) ? id : null;
    this.map.compare(null);
    this.draw();
    if (!this.chosen) return;
    const feature = this.find(this.chosen);
    if (zoom) this.map.fit([feature]);
    const layer = this.layers[feature.properties.layer];
    const state = this.states[feature.id];
    const form = featureForm(feature, layer, { words, names, fields, phases, locked: !may, onChange: (properties, name) => this.change(feature.id, { properties, id: name }) });
    if (state) form.prepend(element("p", { class: `note ${state.holds ? "" : "warn"}` }, `${state.holds === null ? words.unknown : state.holds ? words.holds : words.rests} · ${state.rule}`));
    if (may) form.append(element("div", { class: "actions" }, element("button", { class: "button danger", onclick: () => this.remove(feature.id) }, words.remove)));
    this.about(form);
  }

  about(node) { $("about").replaceChildren(node); }

  keep() { this.past.push(structuredClone(this.street.features)); if (this.past.length > 200) this.past.splice(1, 1); }

  change(id, what, corner = null) {
    this.keep();
    const feature = this.find(id);
    Object.assign(feature, what);
    if (what.id) this.chosen = what.id;
    this.draw(corner);
    if (what.properties) this.choose(feature.id);
  }

  remove(id) {
    this.keep();
    this.street.features = this.street.features.filter((one) => one.id !== id);
    this.choose(null);
    this.about(element("p", { class: "note" }, words.gone.replace("{id}", id)));
  }

  undo() {
    if (!this.past.length) return;
    this.street.features = this.past.pop();
    this.choose(this.chosen);
  }

  begin() {
    const layer = this.layers[$("new-layer").value];
    this.mode(words.drawing);
    this.map.draw(layer.geometry, (geometry) => {
      this.keep();
      let n = this.street.features.length + 1;
      while (this.find(`${layer.layer}-${n}`)) n += 1;
      const id = `${layer.layer}-${n}`;
      this.street.features.push({ type: "Feature", id, geometry, properties: { layer: layer.layer } });
      this.choose(id);
      $("p-name")?.focus();
    });
  }

  mode(text) {
    $("mode").textContent = text ?? "";
    $("mode").hidden = !text;
    document.querySelector(".cross").hidden = !text;
  }

  /** A place on the map was chosen: true (without a place) says that places are wanted now. */
  placed(position) {
    if (this.calibration.open) return position ? this.calibration.placed(position) : true;
    if (!position) return this.asking;
    if (!this.asking) return this.choose(null);
    this.explain(position);
    return true;
  }

  async explain([lon, lat]) {
    const found = await ask(`/check?lon=${lon}&lat=${lat}&at=${encodeURIComponent(this.moment())}`);
    this.about(element("div", {}, element("h2", {}, words.said), element("ul", { class: "said" }, ...found.words.map((line) => element("li", {}, line)))));
  }

  moment() {
    const minute = Number($("minute").value);
    return `${$("day").value}T${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}:00${this.offset($("day").value)}`;
  }

  /** The street's offset from UTC on a day, as +08:00. */
  offset(day) {
    const parts = new Intl.DateTimeFormat("en", { timeZone: data.zone, timeZoneName: "longOffset" }).formatToParts(new Date(`${day}T04:00:00Z`));
    return parts.find((part) => part.type === "timeZoneName").value.replace("GMT", "") || "+00:00";
  }

  async tick() {
    const minute = Number($("minute").value);
    const weekday = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", timeZone: "UTC" }).format(new Date(`${$("day").value}T00:00:00Z`));
    $("moment").textContent = `${weekday} ${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
    const asked = this.moment();
    const found = await ask(`/states?at=${encodeURIComponent(asked)}`);
    if (asked !== this.moment()) return;
    this.states = found.features;
    const forbidding = this.street.features.filter((one) => ["vending_forbidden", "bike_managed", "ad_controlled", "ad_forbidden"].includes(one.properties.layer));
    $("holding").textContent = words.holding.replace("{n}", forbidding.filter((one) => this.states[one.id]?.holds).length).replace("{of}", forbidding.length);
    this.draw();
  }

  async tryIt() {
    const found = await ask("/try", this.street);
    this.about(findings(found, { words, names, fields }, (id) => this.choose(id, true)));
    this.map.compare(found.map);
    return found;
  }

  async propose() {
    const found = await this.tryIt();
    if (found.problems.length || !found.changes.length) return;
    const note = await this.versions.note(words.propose);
    if (!note) return;
    const draft = await ask("/drafts", { document: this.street, note });
    this.load(this.published, false);
    this.about(element("p", { class: "note ok", role: "status" }, words.proposed.replace("{id}", draft.id)));
    this.versions.refresh(this.version);
  }
}

const editor = new Editor();
const now = new Date(data.now);
const local = Object.fromEntries(new Intl.DateTimeFormat("en-CA", { timeZone: data.zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(now).map((part) => [part.type, part.value]));
$("day").value = `${local.year}-${local.month}-${local.day}`;
$("minute").value = Number(local.hour) * 60 + Number(local.minute);

const failed = (error) => editor.about(element("p", { class: "note bad", role: "alert" }, error.message));
const run = (work) => (...given) => Promise.resolve().then(() => work(...given)).catch(failed);

for (const tab of document.querySelectorAll("[role=tab]")) {
  const open = () => {
    for (const one of document.querySelectorAll("[role=tab]")) {
      const here = one === tab;
      one.setAttribute("aria-selected", here);
      one.tabIndex = here ? 0 : -1;
      $(one.getAttribute("aria-controls")).hidden = !here;
    }
    editor.calibration.show(tab.id === "tab-calibrate");
    if (tab.id === "tab-calibrate") editor.kept.guard(() => editor.kept.refresh());
    editor.draw();
  };
  tab.addEventListener("click", open);
  tab.addEventListener("keydown", (event) => {
    const tabs = [...document.querySelectorAll("[role=tab]")];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) { const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]; next.focus(); next.click(); }
  });
}
$("draw").addEventListener("click", () => editor.begin());
$("find").addEventListener("input", () => editor.draw());
for (const id of ["day", "minute"]) $(id).addEventListener("input", run(() => editor.tick()));
const toggleAsk = () => {
  editor.asking = !editor.asking;
  $("ask").setAttribute("aria-pressed", editor.asking);
  editor.mode(editor.asking ? words.asking : null);
  if (editor.asking) $("street-map").focus();
};
$("ask").addEventListener("click", toggleAsk);
$("street-map").addEventListener("drawn", () => editor.mode(null));
$("undo")?.addEventListener("click", () => editor.undo());
$("try")?.addEventListener("click", run(() => editor.tryIt()));
$("propose")?.addEventListener("click", run(() => editor.propose()));
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, dialog")) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "z") { event.preventDefault(); editor.undo(); }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if ((event.key === "n" || event.key === "N") && may && !editor.map.drawing && !editor.calibration.open) { event.preventDefault(); editor.begin(); }
  if ((event.key === "q" || event.key === "Q") && !editor.calibration.open) { event.preventDefault(); toggleAsk(); }
});
run(() => editor.start())();
