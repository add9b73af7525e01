/** What files there are: fields, licence, rhythm, and every month's files. */
import { ask, begin, page, say, show } from "./citizen.js";
import { STRINGS } from "./citizen_strings.js";
import { CITY_STRINGS } from "./city_strings.js";
import { el } from "./widget/dom.js";

for (const language of Object.keys(CITY_STRINGS)) Object.assign(STRINGS[language], CITY_STRINGS[language]);

const FORMS = { cases: ["csv", "json"], statistics: ["csv", "json"], open1999: ["json"] };
const state = { found: null, problem: "" };
const told = (pair, start = "") => pair[`${start}${page.language === "en" ? "en" : "zh"}`];

function head(found) {
  const terms = [
    [say("licence"), el("a", { href: found.licence.url, rel: "noopener noreferrer license", target: "_blank" }, told(found.licence))],
    [say("publisher"), told(found.publisher)], [say("contact"), told(found.contact)], [say("rhythm"), told(found.rhythm)],
    [say("described"), el("a", { href: "catalog.json" }, "catalog.json")],
  ];
  return el("section", { class: "card" }, el("p", {}, say("opendata_about")), el("p", {}, told(found.catalogue, "about_")), el("dl", { class: "terms" }, terms.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

function fields(name, dataset) {
  const rows = Object.entries(dataset.fields);
  if (!rows.length) return el("p", { class: "hint" }, say(`fields_${name}`));
  const heads = ["field", "meaning", "type", "unit"].map((key) => el("th", { scope: "col" }, say(key)));
  return el(
    "details", {}, el("summary", {}, say("fields")),
    el("div", { class: "sheet", tabindex: "0", role: "region", "aria-label": say("fields") }, el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows.map(([key, field]) => el(
      "tr", {}, el("th", { scope: "row" }, el("code", {}, key)), el("td", {}, told(field)), el("td", {}, say("types")[field.type]), el("td", {}, field.unit ?? "—"),
    ))))),
  );
}

function files(name, months) {
  const link = (month, form) => el("a", { href: `${name}/${month}.${form}`, download: `${name}-${month}.${form}`, "aria-label": `${month} ${form.toUpperCase()}` }, form.toUpperCase());
  const row = (month, n) => el("tr", {}, el("th", { scope: "row" }, month, " ", n === 0 && el("span", { class: "running" }, say("running"))), el("td", {}, el("span", { class: "files" }, FORMS[name].map((form) => link(month, form)))));
  const table = (some, first) => el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("month")), el("th", { scope: "col" }, say("file")))), el("tbody", {}, some.map((month, n) => row(month, first + n))));
  return [table(months.slice(0, 3), 0), months.length > 3 && el("details", {}, el("summary", {}, say("all_months")), table(months.slice(3), 3))];
}

function draw() {
  document.title = `${say("opendata_title")}｜高雄市 1999 萬事通`;
  const { found } = state;
  if (!found) return show(el("p", { role: "status" }, state.problem || say("working")));
  show(head(found), Object.entries(found.datasets).map(([name, dataset]) => el(
    "section", { class: "card", "aria-labelledby": name }, el("h2", { id: name }, told(dataset)), el("p", {}, told(dataset, "about_")), fields(name, dataset), files(name, found.months),
  )));
}

begin(draw);
ask("GET", "opendata/texts.json", { cache: "default" }).then((answer) => {
  Object.assign(state, answer.ok ? { found: answer.data } : { problem: answer.problem });
  draw();
});
