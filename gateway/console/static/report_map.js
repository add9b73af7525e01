// The map of cases: areas coloured by class, months one by one, cases as points. Nothing from other hosts, unless
// the settings name a tile server.
import { CircleMarker, GeoJSON, Map as Sheet, TileLayer, control } from "./vendor/leaflet/leaflet.js";
import { figure, figures, shown } from "./report_figures.js";
import { Points } from "./report_points.js";

const PLAY_MS = 1200;
const box = document.getElementById("report-map");
const words = box ? JSON.parse(box.dataset.words) : {};
const byId = (id) => document.getElementById(id);
const said = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const keyOf = (code, village) => `${code ?? ""}|${village ?? ""}`;

async function fetched(url) {
  const answer = await fetch(url, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

class Atlas {
  constructor(data) {
    this.data = data;
    this.measure = box.dataset.measure;
    this.month = 0; // 0 is the whole period
    this.areas = new Map(data.areas.map((area) => [keyOf(area.code, area.village), area]));
    this.layers = new Map();
    this.playing = null;
  }

  async draw() {
    for (const part of document.querySelectorAll("#report-map, .controls, .keys")) part.hidden = false;
    this.sheet = new Sheet(box, { attributionControl: Boolean(box.dataset.tiles), zoomControl: false, minZoom: 8, maxZoom: 18, zoomSnap: 0.25, zoomDelta: 1, scrollWheelZoom: false });
    control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(this.sheet);
    if (box.dataset.tiles) {
      this.sheet.attributionControl.setPrefix(false);
      const plain = document.createElement("span");
      plain.textContent = box.dataset.attribution;
      new TileLayer(box.dataset.tiles, { maxZoom: 18, attribution: plain.innerHTML }).addTo(this.sheet);
    }
    const level = box.dataset.level;
    const outlines = await fetched(level === "village" ? "/console/map/villages.json" : "/console/map/outlines.json");
    this.drawn = new GeoJSON(outlines, { style: () => ({ className: box.dataset.tiles ? "area tiled" : "area" }), onEachFeature: (feature, layer) => this.keep(feature, layer) }).addTo(this.sheet);
    this.frameIn();
    this.points = new Points(this.sheet, { said, fetched, url: (kind, more) => this.url(kind, more), told: (text) => (byId("map-told").textContent = text) });
    this.wire();
    this.paint();
    this.sheet.on("zoomend moveend", () => this.label());
  }

  keep(feature, layer) {
    const { code, district, zh } = feature.properties;
    const key = district ? keyOf(district, zh) : keyOf(code, null);
    this.layers.set(key, layer);
    layer.on("click", () => this.choose(key));
  }

  /** The areas with cases, without the far islands where nothing was reported. */
  frameIn() {
    const filled = [...this.areas.keys()].map((key) => this.layers.get(key)).filter(Boolean);
    const bounds = (filled.length ? filled : [this.drawn]).map((layer) => layer.getBounds()).filter((one) => one.getSouth() > 22.3);
    const all = bounds.slice(1).reduce((sum, one) => sum.extend(one), bounds[0] ?? this.drawn.getBounds());
    this.sheet.fitBounds(all, { padding: [8, 8], animate: false });
  }

  url(kind, more = {}) {
    const query = new URLSearchParams(box.dataset.query);
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    if (kind !== "areas" && this.month) query.set("month", this.data.months[this.month - 1]);
    return `/console/reports/map/${kind}.json?${query}`;
  }

  value(key) {
    const area = this.areas.get(key);
    return area ? figure(figures(area, this.month), this.measure, area.km2) : null;
  }

  paint() {
    const bounds = this.data.classes[this.measure][this.month ? "month" : "whole"];
    for (const [key, layer] of this.layers) {
      const value = this.value(key);
      const rank = !value ? 0 : Math.min(bounds.findIndex((bound) => value <= bound) + 1 || bounds.length, bounds.length);
      const path = layer.getElement();
      for (let n = 0; n <= 5; n += 1) path?.classList.toggle(`class-${n}`, n === rank);
    }
    this.label();
    this.legend(bounds);
    this.table();
    const name = this.month ? this.data.months[this.month - 1] : words.whole;
    byId("month-shown").textContent = name;
    byId("month").setAttribute("aria-valuetext", name);
    byId("table-month").textContent = name;
  }

  /** Numbers on the areas that are large enough on the screen to hold them. */
  label() {
    const wanted = byId("layer-labels").checked;
    const view = this.sheet.getBounds();
    for (const [key, layer] of this.layers) {
      const value = this.value(key);
      const bounds = layer.getBounds();
      const west = this.sheet.latLngToContainerPoint(bounds.getNorthWest());
      const east = this.sheet.latLngToContainerPoint(bounds.getSouthEast());
      const width = east.x - west.x;
      const fits = wanted && value && width > 34 && east.y - west.y > 22 && view.intersects(bounds);
      if (layer.getTooltip()) layer.unbindTooltip();
      if (!fits) continue;
      const text = document.createElement("span");
      text.textContent = width > 84 ? `${this.areas.get(key).name} ${shown(value, this.measure)}` : shown(value, this.measure);
      layer.bindTooltip(text, { permanent: true, direction: "center", className: "figure" });
    }
  }

  legend(bounds) {
    const entry = (rank, text) => {
      const item = document.createElement("li");
      const swatch = document.createElement("span");
      swatch.className = `swatch class-${rank}`;
      swatch.setAttribute("aria-hidden", "true");
      item.append(swatch, text);
      return item;
    };
    const least = this.measure === "share" || this.measure === "density" ? 0 : 1;
    const rows = bounds.map((bound, n) => {
      const from = n === 0 ? least : bounds[n - 1] + (least || 0);
      const upper = shown(bound, this.measure);
      const lower = shown(Math.min(from, bound), this.measure);
      return entry(n + 1, lower === upper ? upper : `${lower} – ${upper}`);
    });
    byId("legend").replaceChildren(entry(0, this.measure === "share" ? `${words.none} / 0%` : "0"), ...rows);
  }

  table() {
    const heads = [...document.querySelectorAll("#areas thead th")].map((head) => head.dataset.key);
    const first = heads.indexOf("received");
    for (const row of document.querySelectorAll("#areas tbody tr")) {
      const area = this.areas.get(row.dataset.area);
      const counted = area && figures(area, this.month);
      heads.slice(first).forEach((key, n) => (row.cells[first + n].textContent = shown(counted ? figure(counted, key, area.km2) : null, key)));
    }
    const total = [...this.areas.values()].map((area) => figures(area, this.month)).reduce((sum, one) => sum.map((value, n) => value + one[n]), [0, 0, 0]);
    const foot = document.querySelector("#areas tfoot tr");
    heads.slice(first).forEach((key, n) => (foot.cells[1 + n].firstElementChild.textContent = shown(figure(total, key, null), key)));
  }

  choose(key) {
    for (const [name, layer] of this.layers) layer.getElement()?.classList.toggle("chosen", name === key);
    for (const row of document.querySelectorAll("#areas tbody tr")) {
      row.classList.toggle("chosen", row.dataset.area === key);
      if (row.dataset.area === key) row.scrollIntoView({ block: "nearest" });
    }
  }

  go(month) {
    this.month = Math.max(0, Math.min(this.data.months.length, month));
    byId("month").value = String(this.month);
    this.paint();
    this.points.refresh();
    this.spots();
  }

  play(on) {
    clearInterval(this.playing);
    this.playing = on ? setInterval(() => (this.month < this.data.months.length ? this.go(this.month + 1) : this.play(false)), PLAY_MS) : null;
    byId("play").textContent = on ? words.stop : words.play;
    if (on) this.go(this.month < this.data.months.length ? this.month + 1 : 1);
  }

  wire() {
    const slider = byId("month");
    slider.max = String(this.data.months.length);
    slider.addEventListener("input", () => { this.play(false); this.go(Number(slider.value)); });
    byId("earlier").addEventListener("click", () => { this.play(false); this.go(this.month - 1); });
    byId("later").addEventListener("click", () => { this.play(false); this.go(this.month + 1); });
    byId("play").addEventListener("click", () => this.play(!this.playing));
    byId("layer-labels").addEventListener("change", () => this.label());
    byId("layer-spots").addEventListener("change", () => this.spots());
    for (const id of ["layer-points", "layer-duplicates"]) {
      byId(id).addEventListener("change", () => this.points.show(byId("layer-points").checked, byId("layer-duplicates").checked));
    }
    sortable();
  }

  async spots() {
    const section = byId("spots");
    section.hidden = !byId("layer-spots").checked;
    this.hot?.forEach((ring) => ring.remove());
    this.hot = [];
    if (section.hidden) return;
    const { spots } = await fetched(this.url("spots")).catch(() => ({ spots: null }));
    if (!byId("layer-spots").checked) return;
    if (spots === null) return void (byId("map-told").textContent = words.failed);
    this.hot.forEach((ring) => ring.remove());
    this.hot = spots.map((spot) => new CircleMarker([spot.lat, spot.lng], { radius: 24 + Math.min(12, spot.count), className: "hot", interactive: false }).addTo(this.sheet));
    section.querySelector("ol").replaceChildren(...spots.map((spot) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = said("spot", { place: spot.place, n: spot.count, open: spot.open });
      button.addEventListener("click", () => { this.sheet.setView([spot.lat, spot.lng], 16, { animate: false }); box.focus(); });
      item.append(button);
      return item;
    }));
    if (!spots.length) section.querySelector("ol").replaceChildren(words.none);
  }
}

/** Headings become buttons that sort: without scripts the table stands by itself. */
function sortable() {
  const body = document.querySelector("#areas tbody");
  document.querySelectorAll("#areas thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.title = said("sort", { column: button.textContent });
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending" && head.classList.contains("number") || head.getAttribute("aria-sort") === "ascending";
      document.querySelectorAll("#areas thead th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const text = (row) => row.cells[column].textContent;
      const number = (row) => Number.parseFloat(text(row).replace(/[,%]/g, ""));
      const compare = head.classList.contains("number")
        ? (one, other) => (Number.isNaN(number(one)) ? -1 : number(one)) - (Number.isNaN(number(other)) ? -1 : number(other))
        : (one, other) => text(one).localeCompare(text(other), "zh-Hant");
      body.append(...[...body.rows].sort((one, other) => (down ? -1 : 1) * compare(one, other)));
    });
  });
}

if (box) {
  fetched(`/console/reports/map/areas.json?${box.dataset.query}`)
    .then((data) => new Atlas(data).draw())
    .catch(() => (byId("map-told").textContent = words.failed));
}
