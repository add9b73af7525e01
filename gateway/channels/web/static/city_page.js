/** What the city publishes: volumes, open cases on a map, on-time rates, satisfaction; the same in tables. */
import { ask, begin, page, say, show } from "./citizen.js";
import { drawMap } from "./city_map.js";
import { STRINGS } from "./citizen_strings.js";
import { CITY_STRINGS } from "./city_strings.js";
import { instantWords } from "./widget/dates.js";
import { el } from "./widget/dom.js";

for (const language of Object.keys(CITY_STRINGS)) Object.assign(STRINGS[language], CITY_STRINGS[language]);

const KINDS = ["dispatch", "petition", "public_works_report"];
const SVG = "http://www.w3.org/2000/svg";
const state = { found: null, problem: "" };

/** A figure as people read it: a number, «fewer than 5», or «held back». */
const said = (figure) => (typeof figure === "number" ? figure.toLocaleString("en") : figure == null ? say("unknown") : say(figure));
const percent = (rate) => (rate == null ? say("too_few") : `${rate}%`);
const district = (name) => (name === "" ? say("no_district") : page.language === "en" ? state.found.names.districts[name]?.en ?? name : name);
const item = (name) => (name === "" ? say("other_items") : page.language === "en" ? state.found.names.main_items[name] ?? name : name);

/** A bar, drawn beside its number for who looks; who listens has the number. */
function bar(share) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["class", "bar"], ["viewBox", "0 0 100 10"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  for (const [width, kind] of [[100, "ground"], [Math.max(0, Math.min(100, share)), ""]]) {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("width", String(width));
    rect.setAttribute("height", "10");
    rect.setAttribute("class", kind);
    svg.append(rect);
  }
  return svg;
}

function table(caption, heads, rows) {
  return el(
    "div", { class: "sheet", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, heads.map(([words, kind]) => el("th", { scope: "col", class: kind }, words)))),
      el("tbody", {}, rows.map(([name, ...cells]) => el("tr", {}, el("th", { scope: "row" }, name), cells.map((cell) => (cell instanceof Node ? el("td", {}, cell) : el("td", { class: "number" }, cell))))))),
  );
}

const card = (id, title, ...parts) => el("section", { class: "card", "aria-labelledby": id }, el("h2", { id }, title), parts);

function now({ open, months, rates }) {
  const last = months.at(-2);
  const facts = [[say("open_now"), said(open.total)], [say("late_now"), said(open.late)], [say("rate_year"), percent(rates.total[""])], [say("month_received", { month: last.month }), said(last.dispatch)]];
  return card("now", say("now"), el("dl", { class: "figures" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}

function volumes({ months }) {
  const most = Math.max(1, ...months.map((month) => (typeof month.dispatch === "number" ? month.dispatch : 0)));
  const rows = months.map((month) => [
    [month.month, " ", !month.complete && el("span", { class: "running" }, say("running"))],
    bar(typeof month.dispatch === "number" ? (100 * month.dispatch) / most : 0), ...KINDS.map((kind) => said(month[kind])),
  ]);
  return card("volumes", say("volumes"), el("p", { class: "hint" }, say("volumes_what")), table(say("volumes"), [[say("month")], [""], ...KINDS.map((kind) => [say(kind), "number"])], rows));
}

function places({ open }) {
  const rows = Object.entries(open.districts).map(([name, figure]) => [district(name), said(figure)]);
  return card(
    "open", say("open_map"), el("p", { class: "hint" }, say("open_what", { without: said(open.without_place) })),
    el("p", { id: "map-alt" }, say("map_alt", { total: said(open.total) })),
    rows.length === 0 ? el("p", {}, say("nothing")) : el(
      "div", { class: "pair" }, el("div", { id: "city-map", role: "application", "aria-label": say("map_label"), "aria-describedby": "map-alt" }),
      table(say("open_district"), [[say("district")], [say("open_district"), "number"]], rows),
    ),
  );
}

function ratesOf(found) {
  const rows = (names, rates, word) => names.map((name) => [word(name), rates[name] == null ? bar(0) : bar(rates[name]), percent(rates[name])]);
  const { district: byDistrict, main_item: byItem } = found.rates;
  const heads = (first) => [[say(first)], [""], [say("rate"), "number"]];
  return card(
    "rates", say("rates"), el("p", { class: "hint" }, say("rates_what", found.period)),
    el("div", { class: "pair" },
      table(say("main_item"), heads("main_item"), rows(Object.keys(byItem), byItem, item)),
      table(say("district"), heads("district"), rows(Object.keys(found.names.districts), byDistrict, district))),
  );
}

function month(found) {
  const lines = (dimension, word) => found.month.lines.filter((line) => line.dimension === dimension).map((line) => [word(line.key), said(line.received), said(line.closed)]);
  const heads = (first) => [[say(first)], [say("received"), "number"], [say("closed"), "number"]];
  const whole = lines("total", () => say("whole_city"));
  return card(
    "month", say("last_month", found.month), el("p", { class: "hint" }, say("last_what")),
    el("div", { class: "pair" }, table(say("district"), heads("district"), [...whole, ...lines("district", district)]), table(say("main_item"), heads("main_item"), [...whole, ...lines("main_item", item)])),
  );
}

function satisfaction({ satisfaction: { scores, total, mean }, period }) {
  const rows = Object.entries(scores).reverse().map(([score, figure]) => [`${score} ${say("scores_words")[Number(score) - 1]}`, said(figure)]);
  const told = total === 0 ? el("p", {}, say("no_ratings")) : [mean != null && el("p", { class: "lead" }, say("mean", { mean: mean.toFixed(1) })), table(say("satisfaction"), [[say("score")], [say("times"), "number"]], [...rows, [say("ratings"), said(total)]])];
  return card("satisfaction", say("satisfaction"), el("p", { class: "hint" }, say("satisfaction_what", period)), told);
}

function draw() {
  document.title = `${say("city_title")}｜高雄市 1999 萬事通`;
  if (!state.found) return show(el("p", { role: "status" }, state.problem || say("working")));
  const { found } = state;
  show(
    el("section", { class: "card" }, el("p", {}, say("city_about")), el("p", { class: "hint" }, say("as_of", { at: instantWords(found.as_of, page.language), minutes: found.minutes })),
      el("p", { class: "files" }, el("a", { href: "opendata/" }, say("opendata_title")), el("a", { href: "city/figures.json" }, say("figures_file")))),
    now(found), places(found), volumes(found), ratesOf(found), month(found), satisfaction(found),
  );
  const box = document.querySelector("#city-map");
  // Without the drawing the table beside it still says everything.
  if (box) drawMap(box, found.open, { say, item: (n) => item(Object.keys(found.names.main_items)[n]) }).catch(() => box.remove());
}

begin(draw);
ask("GET", "city/figures.json", { cache: "default" }).then((answer) => {
  Object.assign(state, answer.ok ? { found: answer.data } : { problem: answer.problem });
  draw();
});
