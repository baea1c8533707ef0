// The street map: layers of the street file as vectors, alerts as markers. Needs no tile server.
/* global L */

const STYLES = {
  squad_area: { color: "#33475e", weight: 1, fill: false, dashArray: "10 6" },
  unit_grid: { color: "#223145", weight: 1, fill: false, dashArray: "3 5" },
  pavement: { color: "#2b3b4e", weight: 1, fillColor: "#1a2838", fillOpacity: 0.9 },
  monitored_area: { color: "#2b3b4e", weight: 1, fill: false, dashArray: "2 6" },
  monitored_route: { color: "#2b3b4e", weight: 2, dashArray: "2 6" },
  ad_forbidden: { color: "#e645d5", weight: 1, fillOpacity: 0.06, dashArray: "6 5" },
  ad_controlled: { color: "#45cfe6", weight: 1, fillOpacity: 0.04, dashArray: "6 5" },
  bike_managed: { color: "#e9c15b", weight: 1, fillOpacity: 0.07, dashArray: "6 5" },
  vending_forbidden: { color: "#ff6b61", weight: 1.5, fillOpacity: 0.13 },
  vending_permitted: { color: "#4fd08a", weight: 1.5, fillOpacity: 0.2 },
  outdoor_seating: { color: "#4fd08a", weight: 1.5, fillOpacity: 0.2 },
  bay: { color: "#5cb2ff", weight: 1.5, fillOpacity: 0.2 },
  frontage: { color: "#ffb020", weight: 3 },
  ad_licence: { color: "#45cfe6", weight: 1, fillOpacity: 0.5, opacity: 0.6, radius: 2.5 },
};
const ORDER = Object.keys(STYLES);

/** A tooltip of text: Leaflet takes a string for HTML, and names come from files that others made. */
export function plain(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

/** The map in `element`; `data-tiles` may name a tile server of the installation's own. */
export async function streetMap(element, onPick) {
  const map = L.map(element, { zoomControl: true, attributionControl: Boolean(element.dataset.tiles), zoomSnap: 0.25, maxZoom: 22 });
  map.setView([31.23, 121.5], 17);
  if (element.dataset.tiles) L.tileLayer(element.dataset.tiles, { maxZoom: 22, maxNativeZoom: 18, attribution: element.dataset.credit }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const street = await (await fetch("/api/street")).json();
  const features = street.features.sort((a, b) => ORDER.indexOf(a.properties.layer) - ORDER.indexOf(b.properties.layer));
  const layers = L.geoJSON({ type: "FeatureCollection", features }, {
    style: (feature) => STYLES[feature.properties.layer] ?? { color: "#888", weight: 1 },
    pointToLayer: (feature, place) => L.circleMarker(place, STYLES[feature.properties.layer]),
    onEachFeature: (feature, layer) => {
      const name = feature.properties.shop_name ?? feature.properties.name ?? feature.properties.holder;
      if (feature.properties.layer === "frontage" && name) layer.bindTooltip(plain(name), { permanent: true, direction: "center", className: "shop" });
      else if (name) layer.bindTooltip(plain(`${street.words[feature.properties.layer] ?? ""} ${name}`), { sticky: true });
    },
  }).addTo(map);
  if (features.length) map.fitBounds(layers.getBounds(), { padding: [12, 12] });
  const shopNames = () => element.classList.toggle("far", map.getZoom() < 19.5);
  map.on("zoomend", shopNames);
  shopNames();
  new ResizeObserver(() => map.invalidateSize()).observe(element);
  return new Markers(map, element.dataset.icons, onPick);
}

class Markers {
  constructor(map, icons, onPick) {
    this.map = map;
    this.icons = icons;
    this.onPick = onPick;
    this.known = new Map();
  }

  /** Show what the cards of the queue say, and nothing else. */
  sync(cards, chosen) {
    const here = new Set();
    for (const card of cards) {
      const { id, kind, lon, lat, group } = card.dataset;
      here.add(id);
      const look = `marker ${group === "waiting" ? "hot" : "calm"} ${id === chosen ? "chosen" : ""}`;
      const html = `<div class="${look}" data-kind="${kind}"><svg class="icon" aria-hidden="true"><use href="${this.icons}#${kind}"></use></svg></div>`;
      const icon = L.divIcon({ html, className: "", iconSize: [30, 30], iconAnchor: [15, 33] });
      let marker = this.known.get(id);
      if (!marker) {
        marker = L.marker([Number(lat), Number(lon)], { icon, title: card.dataset.title, alt: card.dataset.title }).addTo(this.map);
        marker.on("click", () => this.onPick(id));
        this.known.set(id, marker);
        marker.look = look;
      } else if (marker.look !== look) {
        marker.setIcon(icon);
        marker.look = look;
      }
      marker.setZIndexOffset(id === chosen ? 1000 : group === "waiting" ? 500 : 0);
    }
    for (const [id, marker] of this.known) if (!here.has(id)) { marker.remove(); this.known.delete(id); }
  }

  goTo(id) {
    const marker = this.known.get(id);
    if (marker) this.map.setView(marker.getLatLng(), Math.max(this.map.getZoom(), 18.75), { animate: true });
  }
}
