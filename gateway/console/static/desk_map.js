// The place of a case on the outlines of districts and villages: no tiles, nothing from other hosts.
import { CircleMarker, GeoJSON, Map as Sheet } from "./vendor/leaflet/leaflet.js";

const box = document.getElementById("map");
if (box) show(box);

async function show(element) {
  const place = [Number(element.dataset.lat), Number(element.dataset.lng)];
  // Keyboard and screen readers get the caption: the drawing adds nothing that words do not say.
  const sheet = new Sheet(element, { attributionControl: false, keyboard: false, zoomControl: false, scrollWheelZoom: false });
  sheet.setView(place, 15);
  const city = await fetched(element.dataset.outlines);
  const outlines = new GeoJSON(city, { style: () => ({ className: "outline district", interactive: false }) }).addTo(sheet);
  new CircleMarker(place, { radius: 8, className: "here", interactive: false }).addTo(sheet);
  for (const layer of outlines.getLayers()) {
    if (!layer.getBounds().contains(place)) continue;
    const villages = await fetched(`/console/map/${layer.feature.properties.code}.json`);
    new GeoJSON(villages, {
      style: () => ({ className: "outline", interactive: false }),
      onEachFeature: (feature, one) => one.bindTooltip(feature.properties.zh, { permanent: true, direction: "center", className: "place-name" }),
    }).addTo(sheet).bringToBack();
  }
}

async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}
