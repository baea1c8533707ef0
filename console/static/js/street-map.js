// The editor's map: features as vectors, corners that are moved by mouse or arrow keys, drawing by clicks or by keys.
/* global L */
import { plain } from "./map.js";

export const STYLES = {
  squad_area: { color: "#7d8ea3", weight: 1, fillOpacity: 0.02, dashArray: "10 6" },
  unit_grid: { color: "#55677c", weight: 1, fillOpacity: 0.01, dashArray: "3 5" },
  pavement: { color: "#6b7f95", weight: 1, fillColor: "#2a3c50", fillOpacity: 0.6 },
  monitored_area: { color: "#8195ab", weight: 1, fillOpacity: 0.02, dashArray: "2 6" },
  monitored_route: { color: "#8195ab", weight: 3, dashArray: "2 8" },
  ad_controlled: { color: "#45cfe6", weight: 1, fillOpacity: 0.05, dashArray: "6 5" },
  ad_forbidden: { color: "#e645d5", weight: 1.5, fillOpacity: 0.1, dashArray: "6 5" },
  bike_managed: { color: "#e9c15b", weight: 1, fillOpacity: 0.08, dashArray: "6 5" },
  vending_forbidden: { color: "#ff6b61", weight: 1.5, fillOpacity: 0.16 },
  vending_permitted: { color: "#4fd08a", weight: 1.5, fillOpacity: 0.22 },
  outdoor_seating: { color: "#8fe0b4", weight: 1.5, fillOpacity: 0.22 },
  bay: { color: "#5cb2ff", weight: 1.5, fillOpacity: 0.2 },
  frontage: { color: "#ffb020", weight: 3 },
  ad_licence: { color: "#45cfe6", weight: 2, fillOpacity: 0.6, radius: 5 },
};
const CHANGES = { added: "#4fd08a", removed: "#ff6b61", changed_from: "#a07a3a", changed_to: "#ffc14d" };
const ORDER = Object.keys(STYLES);
const FEWEST = { Point: 1, LineString: 2, Polygon: 3 };
const METRES = 111320;

/** The corners of a geometry as one list; a ring without its closing corner. */
export function cornersOf(geometry, ring = 0) {
  if (geometry.type === "Point") return [geometry.coordinates];
  return geometry.type === "LineString" ? geometry.coordinates : geometry.coordinates[ring].slice(0, -1);
}

export function withCorners(geometry, corners, ring = 0) {
  if (geometry.type === "Point") return { type: "Point", coordinates: corners[0] };
  if (geometry.type === "LineString") return { type: "LineString", coordinates: corners };
  const rings = geometry.coordinates.slice();
  rings[ring] = [...corners, corners[0]];
  return { type: "Polygon", coordinates: rings };
}

const rounded = (lonlat) => lonlat.map((value) => Math.round(value * 1e9) / 1e9);
const lonlat = (place) => rounded([place.lng, place.lat]);

export class StreetMap {
  constructor(element, { onPick, onMove, onPlace, word }) {
    Object.assign(this, { element, onPick, onMove, onPlace, word });
    this.map = L.map(element, { attributionControl: Boolean(element.dataset.tiles), zoomSnap: 0.25, maxZoom: 23, doubleClickZoom: false, preferCanvas: false });
    this.map.setView([31.23, 121.5], 17);
    if (element.dataset.tiles) L.tileLayer(element.dataset.tiles, { maxZoom: 23, maxNativeZoom: 18, attribution: element.dataset.credit }).addTo(this.map);
    L.control.scale({ imperial: false }).addTo(this.map);
    this.shapes = L.layerGroup().addTo(this.map);
    this.changes = L.layerGroup().addTo(this.map);
    this.marks = L.layerGroup().addTo(this.map);
    this.handles = L.layerGroup().addTo(this.map);
    this.sketch = L.layerGroup().addTo(this.map);
    this.drawing = null;
    this.map.on("click", (event) => this.place(lonlat(event.latlng)));
    this.map.on("dblclick", () => this.finish());
    this.map.on("zoomend", () => element.classList.toggle("far", this.map.getZoom() < 19.5));
    element.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.map.invalidateSize()).observe(element);
  }

  /** Draw features; `states` by id says what holds at the time asked for, `hidden` which layers are not drawn. */
  show(features, { states = {}, hidden = new Set(), chosen = null } = {}) {
    this.shapes.clearLayers();
    const shown = features.filter((one) => !hidden.has(one.properties.layer) && one.geometry);
    shown.sort((a, b) => ORDER.indexOf(a.properties.layer) - ORDER.indexOf(b.properties.layer));
    for (const feature of shown) {
      const base = STYLES[feature.properties.layer] ?? { color: "#888", weight: 1 };
      const holds = states[feature.id]?.holds;
      const style = { ...base };
      if (holds === false) Object.assign(style, { opacity: 0.35, fillOpacity: (base.fillOpacity ?? 0.2) * 0.15, dashArray: "1 6" });
      if (holds === null) Object.assign(style, { color: "#ffb020", dashArray: "8 4" });
      if (feature.properties.phase === "warn") style.dashArray = "12 4 2 4";
      if (feature.id === chosen) Object.assign(style, { weight: (base.weight ?? 1) + 2.5, opacity: 1 });
      const layer = L.geoJSON(feature, { style, pointToLayer: (_, place) => L.circleMarker(place, style), bubblingMouseEvents: true });
      layer.on("click", (event) => {
        if (this.drawing || this.onPlace?.()) return;
        L.DomEvent.stopPropagation(event);
        this.onPick(feature.id);
      });
      const name = feature.properties.shop_name ?? feature.properties.name ?? feature.properties.holder ?? feature.properties.code ?? feature.id;
      layer.bindTooltip(plain(`${name}${states[feature.id] ? ` · ${states[feature.id].rule}` : ""}`), { sticky: true });
      this.shapes.addLayer(layer);
    }
  }

  fit(features) {
    const layer = L.geoJSON({ type: "FeatureCollection", features: features.filter((one) => one.geometry) });
    if (layer.getLayers().length) this.map.fitBounds(layer.getBounds(), { padding: [24, 24], maxZoom: 20 });
  }

  /** The difference of two versions. */
  compare(collection) {
    this.changes.clearLayers();
    if (!collection?.features.length) return;
    this.changes.addLayer(L.geoJSON(collection, {
      style: (one) => ({ color: CHANGES[one.properties.change], weight: 3, fillOpacity: 0.15, dashArray: one.properties.change.endsWith("from") || one.properties.change === "removed" ? "5 6" : null }),
      pointToLayer: (one, place) => L.circleMarker(place, { radius: 7, color: CHANGES[one.properties.change] }),
      onEachFeature: (one, layer) => layer.bindTooltip(plain(one.properties.words), { sticky: true }),
    }));
    this.fit(collection.features);
  }

  /** Corners of a feature that may be moved; `feature` none takes them away. */
  edit(feature, focus = null) {
    this.handles.clearLayers();
    if (!feature) return;
    const rings = feature.geometry.type === "Polygon" ? feature.geometry.coordinates.length : 1;
    for (let ring = 0; ring < rings; ring += 1) {
      const corners = cornersOf(feature.geometry, ring);
      const closed = feature.geometry.type === "Polygon";
      corners.forEach((corner, at) => {
        this.handle(feature, ring, at, corner, `${at + 1}`, focus === at && ring === 0);
        const next = corners[at + 1] ?? (closed ? corners[0] : null);
        if (next) this.middle(feature, ring, at, [(corner[0] + next[0]) / 2, (corner[1] + next[1]) / 2]);
      });
    }
  }

  handle(feature, ring, at, [lon, lat], label, focus) {
    const icon = L.divIcon({ className: "corner", iconSize: [13, 13] });
    const marker = L.marker([lat, lon], { icon, draggable: true, keyboard: true, alt: this.word("corner").replace("{n}", label), title: this.word("corner").replace("{n}", label) });
    marker.on("dragend", () => this.moved(feature, ring, at, lonlat(marker.getLatLng())));
    this.handles.addLayer(marker);
    const element = marker.getElement();
    element.addEventListener("keydown", (event) => this.cornerKey(event, feature, ring, at));
    if (focus) element.focus();
  }

  middle(feature, ring, at, [lon, lat]) {
    const marker = L.marker([lat, lon], { icon: L.divIcon({ className: "corner mid", iconSize: [9, 9] }), keyboard: false });
    marker.on("click", (event) => { L.DomEvent.stopPropagation(event); this.insert(feature, ring, at); });
    this.handles.addLayer(marker);
  }

  cornerKey(event, feature, ring, at) {
    const step = event.shiftKey ? 1 : 0.1;
    const [lon, lat] = cornersOf(feature.geometry, ring)[at];
    const east = step / (METRES * Math.cos((lat * Math.PI) / 180));
    const to = { ArrowLeft: [lon - east, lat], ArrowRight: [lon + east, lat], ArrowUp: [lon, lat + step / METRES], ArrowDown: [lon, lat - step / METRES] }[event.key];
    if (to) this.moved(feature, ring, at, rounded(to));
    else if (event.key === "Delete") this.remove(feature, ring, at);
    else if (event.key === "Insert" || event.key === "+") this.insert(feature, ring, at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  moved(feature, ring, at, to) {
    const corners = cornersOf(feature.geometry, ring).slice();
    corners[at] = to;
    this.onMove(feature.id, withCorners(feature.geometry, corners, ring), at);
  }

  remove(feature, ring, at) {
    const corners = cornersOf(feature.geometry, ring).slice();
    if (corners.length <= FEWEST[feature.geometry.type]) return;
    corners.splice(at, 1);
    this.onMove(feature.id, withCorners(feature.geometry, corners, ring), Math.max(0, at - 1));
  }

  insert(feature, ring, at) {
    const corners = cornersOf(feature.geometry, ring).slice();
    const next = corners[at + 1] ?? (feature.geometry.type === "Polygon" ? corners[0] : null);
    if (!next) return;
    corners.splice(at + 1, 0, rounded([(corners[at][0] + next[0]) / 2, (corners[at][1] + next[1]) / 2]));
    this.onMove(feature.id, withCorners(feature.geometry, corners, ring), at + 1);
  }

  /** Draw a new geometry: clicks or Enter set corners, Backspace takes one back, F finishes, Escape gives up. */
  draw(type, done) {
    this.drawing = { type, corners: [], done };
    this.element.focus();
    this.refreshSketch();
  }

  place(position) {
    if (!this.drawing) return this.onPlace?.(position);
    this.drawing.corners.push(position);
    this.refreshSketch();
    if (this.drawing.type === "Point") this.finish();
  }

  finish() {
    if (!this.drawing || this.drawing.corners.length < FEWEST[this.drawing.type]) return;
    const { type, corners, done } = this.drawing;
    this.stop();
    done(withCorners(type === "Polygon" ? { type, coordinates: [[]] } : { type }, corners));
  }

  stop() {
    const { done } = this.drawing ?? {};
    this.drawing = null;
    this.sketch.clearLayers();
    if (done) this.element.dispatchEvent(new CustomEvent("drawn"));
  }

  key(event) {
    const centre = () => lonlat(this.map.getCenter());
    if (event.target !== this.element) return;
    if (event.key === "Enter") this.place(centre());
    else if (!this.drawing) return;
    else if (event.key === "Backspace") { this.drawing.corners.pop(); this.refreshSketch(); }
    else if (event.key === "Escape") this.stop();
    else if (event.key === "f" || event.key === "F") this.finish();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  refreshSketch() {
    this.sketch.clearLayers();
    const places = this.drawing.corners.map(([lon, lat]) => [lat, lon]);
    const shape = this.drawing.type === "Polygon" && places.length > 2 ? L.polygon : L.polyline;
    if (places.length > 1) this.sketch.addLayer(shape(places, { color: "#f2b04c", weight: 2, dashArray: "4 4" }));
    for (const place of places) this.sketch.addLayer(L.circleMarker(place, { radius: 4, color: "#f2b04c", fillOpacity: 1 }));
  }
}
