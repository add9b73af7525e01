// Cases as points: those in view, single or heaped by the server, clustered here; duplicates with their lines.
import * as Leaflet from "./vendor/leaflet/leaflet.js";

const { DivIcon, LayerGroup, Marker, Polyline } = Leaflet;
const SIGNS = { overdue: "■", open: "●", closed: "○", merged: "◇" };
const HEAP = 40;

/** The clustering was written for a global Leaflet; it is given one, and taken from there. */
async function clustering() {
  globalThis.L ??= { ...Leaflet };
  await import("./vendor/leaflet/markercluster.js");
  return globalThis.L.MarkerClusterGroup;
}

export class Points {
  constructor(sheet, { said, fetched, url, told }) {
    Object.assign(this, { sheet, said, fetched, url, told, points: false, duplicates: false, asked: 0, reading: false, missed: false });
    this.lines = new LayerGroup().addTo(sheet);
    // Opening a case may move the map a little; what is being read is not taken away.
    sheet.on("autopanstart popupopen", () => (this.reading = true));
    sheet.on("popupclose", () => { this.reading = false; if (this.missed) this.refresh(); });
    sheet.on("moveend", () => (this.reading ? (this.missed = true) : this.refresh()));
  }

  show(points, duplicates) {
    Object.assign(this, { points, duplicates });
    this.refresh();
  }

  async refresh() {
    this.asked += 1;
    this.missed = false;
    const asked = this.asked;
    if (!this.points && !this.duplicates) {
      this.group?.clearLayers();
      this.lines.clearLayers();
      this.told("");
      return;
    }
    const Cluster = await clustering();
    const view = this.sheet.getBounds();
    const box = [view.getSouth(), view.getNorth(), view.getWest(), view.getEast()].map((degree) => degree.toFixed(5)).join(",");
    const found = await this.fetched(this.url("points", { box, zoom: Math.round(this.sheet.getZoom()) })).catch(() => null);
    if (asked !== this.asked) return; // the reader has moved on
    if (found === null) return void this.told(this.said("failed"));
    if (this.reading) return void (this.missed = true);
    this.group ??= new Cluster({ maxClusterRadius: 44, showCoverageOnHover: false, animate: false, spiderfyOnMaxZoom: true, iconCreateFunction: (cluster) => this.heap(cluster) }).addTo(this.sheet);
    this.group.clearLayers();
    this.lines.clearLayers();
    this.group.addLayers([...found.cells.map((cell) => this.cell(cell)), ...this.wanted(found.points).map((point) => this.point(point))]);
    if (this.duplicates) this.pairs(found.points);
    this.told(this.said(found.cells.length ? "grouped" : "shown", { n: found.total.toLocaleString("en") }));
  }

  wanted(points) {
    if (this.points) return points;
    const masters = new Set(points.map((point) => point.merged_into));
    return points.filter((point) => point.merged_into || point.near.length || masters.has(point.number));
  }

  point(point) {
    const state = point.merged_into ? "merged" : point.overdue ? "overdue" : point.open ? "open" : "closed";
    const sign = document.createElement("span");
    sign.className = `sign ${state}${this.duplicates && point.near.length ? " near" : ""}`;
    sign.textContent = SIGNS[state];
    const marker = new Marker([point.lat, point.lng], { icon: new DivIcon({ html: sign, className: "", iconSize: [22, 22] }), title: `${point.number} ${point.item} ${point.status}`, cases: 1 });
    return marker.bindPopup(() => this.told_of(point));
  }

  told_of(point) {
    const body = document.createElement("div");
    const link = document.createElement("a");
    link.href = `/console/cases/${encodeURIComponent(point.number)}`;
    link.textContent = point.number;
    const lines = [`${point.item}・${point.status}`, point.received, point.overdue && this.said("overdue"), point.merged_into && this.said("merged_into", { number: point.merged_into }), point.near.length && this.said("near", { numbers: point.near.slice(0, 5).join("、") + (point.near.length > 5 ? " …" : "") })];
    body.append(link, ...lines.filter(Boolean).map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    return body;
  }

  cell(cell) {
    const marker = new Marker([cell.lat, cell.lng], { icon: this.pile(cell.count), title: this.said("more", { n: cell.count.toLocaleString("en") }), cases: cell.count });
    return marker.on("click", () => this.sheet.setView([cell.lat, cell.lng], Math.min(18, this.sheet.getZoom() + 2), { animate: false }));
  }

  heap(cluster) {
    const count = cluster.getAllChildMarkers().reduce((sum, marker) => sum + marker.options.cases, 0);
    // The title is read from the options right after the icon was made.
    cluster.options.title = this.said("more", { n: count.toLocaleString("en") });
    return this.pile(count);
  }

  pile(count) {
    const side = HEAP + Math.min(20, 4 * Math.floor(Math.log10(count + 1)));
    const body = document.createElement("span");
    body.className = "heap";
    body.style.inlineSize = body.style.blockSize = `${side}px`;
    body.textContent = count.toLocaleString("en");
    return new DivIcon({ html: body, className: "", iconSize: [side, side] });
  }

  /** Lines between a merged case and the one that goes on, and between cases that may be the same matter. */
  pairs(points) {
    const at = new Map(points.map((point) => [point.number, [point.lat, point.lng]]));
    for (const point of points) {
      const others = [point.merged_into, ...point.near.filter((number) => number > point.number)];
      for (const other of others.filter((number) => at.has(number))) {
        new Polyline([at.get(point.number), at.get(other)], { className: "pair", interactive: false }).addTo(this.lines);
      }
    }
  }
}
