/** Open dispatch cases at rounded places, clustered. No tiles, unless the settings name a tile server. */
import * as Leaflet from "./vendor/leaflet/leaflet.js";
import { el } from "./widget/dom.js";

const { DivIcon, GeoJSON, Map: Sheet, Marker, TileLayer, control } = Leaflet;
const kept = new Map();

/** Once for each address, however often the page is drawn again. */
function fetched(path) {
  if (!kept.has(path)) kept.set(path, fetch(path).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${path}: ${answer.status}`)))));
  return kept.get(path);
}

async function clustering() {
  globalThis.L ??= { ...Leaflet };
  await import("./vendor/leaflet/markercluster.js");
  return globalThis.L.MarkerClusterGroup;
}

function heap(count) {
  const side = 32 + Math.min(20, 6 * Math.floor(Math.log10(count + 1)));
  const body = el("span", { class: "heap" }, count.toLocaleString("en"));
  body.style.inlineSize = body.style.blockSize = `${side}px`;
  return new DivIcon({ html: body, className: "", iconSize: [side, side] });
}

export async function drawMap(box, open, { say, item }) {
  const [outlines, settings, Cluster] = await Promise.all([fetched("city/outlines.json"), fetched("city/tiles.json"), clustering()]);
  if (!box.isConnected) return; // the page was drawn again meanwhile
  const sheet = new Sheet(box, { attributionControl: Boolean(settings.tiles), zoomControl: false, zoomSnap: 0.25, zoomDelta: 1, minZoom: 8, maxZoom: 17, scrollWheelZoom: false });
  control.zoom({ zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") }).addTo(sheet);
  if (settings.tiles) {
    sheet.attributionControl.setPrefix(false);
    new TileLayer(settings.tiles, { maxZoom: 17, attribution: el("span", {}, settings.attribution).innerHTML }).addTo(sheet);
  }
  const city = new GeoJSON(outlines, { style: () => ({ className: settings.tiles ? "outline tiled" : "outline", interactive: false }) }).addTo(sheet);
  const group = new Cluster({
    maxClusterRadius: 46, showCoverageOnHover: false, animate: false,
    iconCreateFunction: (cluster) => {
      const count = cluster.getAllChildMarkers().reduce((sum, marker) => sum + marker.options.cases, 0);
      cluster.options.title = say("closer", { n: count.toLocaleString("en") });
      return heap(count);
    },
  });
  group.addLayers(open.places.map(([lat, lng, count, items]) => {
    const lines = Object.entries(items).map(([n, times]) => el("p", {}, `${item(n)}：${times}`));
    const title = say("at_place", { n: count.toLocaleString("en") });
    return new Marker([lat, lng], { icon: heap(count), title, cases: count }).bindPopup(() => el("div", {}, lines));
  }));
  group.addTo(sheet);
  sheet.fitBounds(group.getLayers().length ? group.getBounds() : city.getBounds(), { padding: [24, 24], maxZoom: 14, animate: false });
}
