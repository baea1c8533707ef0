// Calibration: a point in the camera's picture against its place on the map, what it comes to after every click.
/* global L */
import { element } from "./street-form.js";

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = { vending_forbidden: "#ff6b61", vending_permitted: "#4fd08a", outdoor_seating: "#8fe0b4", frontage: "#ffb020", bay: "#5cb2ff", bike_managed: "#e9c15b" };

function svg(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

export class Calibration {
  constructor(map, { ask, words }) {
    Object.assign(this, { map, ask, words, open: false, points: [], pending: null, file: null, size: null, found: null, cursor: [0, 0], asked: 0 });
    this.area = document.getElementById("picture");
    this.img = this.area.querySelector("img");
    this.overlay = this.area.querySelector("svg");
    this.layer = L.layerGroup().addTo(map.map);
    document.getElementById("picture-file").addEventListener("change", (event) => this.picture(event.target.files[0]));
    document.getElementById("distortion").addEventListener("change", () => this.work());
    document.getElementById("camera-id").addEventListener("change", () => { this.work(); this.kept?.refresh(); });
    this.area.querySelector(".frame").addEventListener("click", (event) => this.clicked(event));
    this.area.addEventListener("keydown", (event) => this.key(event));
  }

  show(open) {
    this.open = open;
    this.area.hidden = !open;
    if (!open) this.layer.clearLayers();
    else this.draw();
  }

  picture(file) {
    if (!file) return;
    this.file = file;
    this.img.onload = () => {
      this.size = [this.img.naturalWidth, this.img.naturalHeight];
      this.cursor = this.size.map((side) => Math.round(side / 2));
      this.area.style.setProperty("--ratio", `${this.size[0]} / ${this.size[1]}`);
      this.overlay.setAttribute("viewBox", `0 0 ${this.size[0]} ${this.size[1]}`);
      this.area.focus();
      this.work();
    };
    this.img.src = URL.createObjectURL(file);
  }

  clicked(event) {
    if (!this.size) return;
    const box = this.img.getBoundingClientRect();
    this.cursor = [((event.clientX - box.left) / box.width) * this.size[0], ((event.clientY - box.top) / box.height) * this.size[1]].map((value) => Math.round(value * 10) / 10);
    this.set();
  }

  /** The cursor's pixel waits for its place on the map. */
  set() {
    this.pending = this.cursor.slice();
    document.getElementById("mode").textContent = this.words.now_the_map;
    document.getElementById("mode").hidden = false;
    document.querySelector(".cross").hidden = false;
    this.draw();
  }

  key(event) {
    if (!this.size) return;
    const step = event.shiftKey ? 10 : 1;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (by) this.cursor = this.cursor.map((value, at) => Math.min(this.size[at], Math.max(0, value + by[at])));
    else if (event.key === "Enter") { this.set(); this.map.element.focus(); }
    else if (event.key === "Escape") this.pending = null;
    else return;
    event.preventDefault();
    this.draw();
  }

  placed(lonlat) {
    if (!this.pending) return true;
    this.points.push({ px: this.pending, lonlat });
    this.pending = null;
    document.getElementById("mode").hidden = true;
    document.querySelector(".cross").hidden = true;
    this.area.focus();
    this.work();
    return true;
  }

  /** Ask what the points come to; a later question overtakes an earlier one. */
  async work() {
    this.draw();
    if (!this.size) return;
    const asked = (this.asked += 1);
    try {
      const found = await this.ask("/calibration", { camera_id: document.getElementById("camera-id").value, image_size: this.size, points: this.points, distortion: document.getElementById("distortion").checked });
      if (asked !== this.asked) return;
      this.found = found;
    } catch (error) {
      this.found = { ok: false, message: error.message };
    }
    this.draw();
  }

  draw() {
    if (!this.open) return;
    this.table();
    this.inPicture();
    this.onMap();
    this.summary();
  }

  table() {
    const found = this.found?.ok ? this.found : null;
    const input = (value, label, set) => element("input", { type: "number", step: "any", value, "aria-label": label, onchange: (event) => { set(Number(event.target.value)); this.work(); } });
    const rows = document.getElementById("points");
    if (rows.children.length !== this.points.length || this.gone) {
      this.gone = false;
      rows.replaceChildren(...this.points.map((point, at) => element("tr", {}, element("td", {}, String(at + 1)),
        element("td", {}, input(point.px[0], `${at + 1} x`, (v) => { point.px[0] = v; }), input(point.px[1], `${at + 1} y`, (v) => { point.px[1] = v; })),
        element("td", {}, input(point.lonlat[0], `${at + 1} lon`, (v) => { point.lonlat[0] = v; }), input(point.lonlat[1], `${at + 1} lat`, (v) => { point.lonlat[1] = v; })),
        element("td", {}, element("span", {}), element("br"), element("span", { class: "muted" })),
        element("td", {}, element("button", { class: "button quiet", title: this.words.remove, "aria-label": `${this.words.remove} ${at + 1}`, onclick: () => { this.points.splice(at, 1); this.gone = true; this.work(); } }, "×")))));
    }
    this.points.forEach((point, at) => {
      const cells = rows.children[at].children;
      const values = [...point.px, ...point.lonlat];
      [...rows.children[at].querySelectorAll("input")].forEach((box, n) => { if (box !== document.activeElement && Number(box.value) !== values[n]) box.value = values[n]; });
      const residual = found?.residuals_px[at];
      const [miss, left] = cells[3].querySelectorAll("span");
      miss.textContent = residual === undefined ? "—" : `${residual.toFixed(1)} px`;
      miss.classList.toggle("bad", residual !== undefined && residual > 3 && residual === Math.max(...found.residuals_px));
      left.textContent = found?.left_out_m?.[at] === undefined ? "—" : `${found.left_out_m[at].toFixed(2)} m`;
    });
  }

  inPicture() {
    const unit = (this.size?.[0] ?? 1280) / 1280;
    const parts = [];
    if (this.found?.ok) {
      for (const line of this.found.lines) {
        const path = svg("path", { d: line.path, fill: "none", stroke: COLOURS[line.layer] ?? "#8195ab", "stroke-width": 2.5 * unit });
        path.append(svg("title", {}, line.name));
        parts.push(path);
      }
      const horizon = this.found.horizon.map(([x, y], at) => `${at ? "L" : "M"}${x} ${y}`).join("");
      if (horizon) parts.push(svg("path", { d: horizon, fill: "none", stroke: "#fff", "stroke-dasharray": `${8 * unit} ${6 * unit}`, "stroke-width": 1.5 * unit }));
    }
    const cross = ([x, y], colour, label) => {
      parts.push(svg("path", { d: `M${x - 12 * unit} ${y}h${24 * unit}M${x} ${y - 12 * unit}v${24 * unit}`, stroke: colour, "stroke-width": 2 * unit }));
      if (label) parts.push(svg("text", { x: x + 8 * unit, y: y - 8 * unit, fill: colour, "font-size": 30 * unit, "font-weight": 700, stroke: "#000", "stroke-width": 0.6 * unit }, label));
    };
    this.points.forEach((point, at) => cross(point.px, "#f2b04c", String(at + 1)));
    if (this.size) cross(this.pending ?? this.cursor, this.pending ? "#5cb2ff" : "#8195ab", "");
    this.overlay.replaceChildren(...parts);
  }

  onMap() {
    this.layer.clearLayers();
    const add = (layer) => this.layer.addLayer(layer);
    const flip = (ring) => ring.map(([lon, lat]) => [lat, lon]);
    if (this.found?.ok) {
      if (this.found.seen.length) add(L.polygon(flip(this.found.seen), { color: "#5cb2ff", weight: 1, fillOpacity: 0.06, dashArray: "4 4", interactive: false }));
      const [lon, lat] = this.found.foot;
      add(L.circleMarker([lat, lon], { radius: 6, color: "#5cb2ff", fillOpacity: 1 }).bindTooltip(this.words.camera_foot));
      for (const one of this.found.ellipses) if (one) add(L.polygon(flip(one.ring), { color: "#f2b04c", weight: 1.5, fillOpacity: 0.2 }).bindTooltip(`±${one.accuracy_m.toFixed(2)} m (95 %)`));
    }
    this.points.forEach((point, at) => {
      const marker = L.marker([point.lonlat[1], point.lonlat[0]], { draggable: true, keyboard: true, alt: `${at + 1}`, icon: L.divIcon({ className: "mark", html: String(at + 1), iconSize: [20, 20] }) });
      marker.on("dragend", () => { const place = marker.getLatLng(); point.lonlat = [place.lng, place.lat]; this.work(); });
      add(marker);
    });
  }

  /** Points and picture of a calibration that was kept, to be looked at or changed. */
  load(kept, picture) {
    document.getElementById("camera-id").value = kept.calibration.camera_id;
    document.getElementById("distortion").checked = kept.distortion;
    this.points = kept.points.map((point) => ({ px: point.px, lonlat: point.lonlat }));
    this.gone = true;
    this.pending = null;
    this.picture(picture);
  }

  /** What is sent to be kept: none while something is missing. */
  get whole() {
    const camera = document.getElementById("camera-id").value.trim();
    if (!camera || !this.file || !this.found?.ok) return null;
    return { camera_id: camera, image_size: this.size, points: this.points, distortion: document.getElementById("distortion").checked };
  }

  summary() {
    const propose = document.getElementById("propose-calibration");
    if (propose) { propose.disabled = !this.whole; propose.title = this.whole ? "" : this.words.calibration_needs; }
    const box = document.getElementById("calibration");
    const text = document.getElementById("settings-text");
    text.value = this.found?.ok ? this.found.settings : "";
    if (!this.size) return box.replaceChildren();
    if (!this.found) return box.replaceChildren(element("p", { class: "note" }, this.words.pick_points));
    if (!this.found.ok) return box.replaceChildren(element("p", { class: "note warn" }, `${this.found.message}${this.found.hint ? ` — ${this.found.hint}` : ""}`));
    const { residual_px: rms, left_out_rms_m: left, pose } = this.found;
    const facts = [[this.words.rms, `${rms.toFixed(2)} px`], [this.words.left_out, left === null ? "—" : `${left.toFixed(2)} m`], [this.words.height, `${pose.z_m.toFixed(2)} m`], [this.words.heading, `${pose.yaw_deg.toFixed(1)}° / ${pose.pitch_deg.toFixed(1)}°`], [this.words.focal, `${pose.f_px.toFixed(0)} px${pose.k1 ? ` · k1 ${pose.k1.toFixed(3)}` : ""}`]];
    return box.replaceChildren(element("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])));
  }
}
