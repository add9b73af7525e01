/** City news: the latest, subscribing by e-mail, and one's own subscription behind a letter's link. */
import { ask, begin, field, lead, page, say, show } from "./citizen.js";
import { STRINGS } from "./citizen_strings.js";
import { NEWS_STRINGS } from "./news_strings.js";
import { instantWords } from "./widget/dates.js";
import { el } from "./widget/dom.js";

for (const language of Object.keys(NEWS_STRINGS)) Object.assign(STRINGS[language], NEWS_STRINGS[language]);

const TOPICS = ["city_news", "events", "traffic", "disaster"];
const fragment = new URLSearchParams(location.hash.slice(1));
const fresh = () => ({ topics: new Set(TOPICS), districts: new Set(), some: false, language: page.language, email: "" });
const state = {
  confirm: fragment.get("confirm"), mine: fragment.get("mine"), wish: fresh(), chosen: false, fields: {}, problem: "", done: "",
  until: "", districts: [], news: null, topic: "", sure: false, left: false, busy: false,
};

const districtName = (code) => {
  const found = state.districts.find((one) => one.code === code);
  return found ? (page.language === "en" ? found.en : found.zh) : code;
};
const body = () => ({ topics: [...state.wish.topics], districts: state.wish.some ? [...state.wish.districts] : [], language: state.wish.language });

/** Ask, with the buttons held; what comes back, or null with the problem on the page. */
async function send(method, path, given, after) {
  Object.assign(state, { busy: true, fields: {}, problem: "", done: "" });
  draw();
  const answer = await ask(method, path, { body: given });
  Object.assign(state, { busy: false, problem: answer.ok ? "" : answer.problem, fields: answer.fields ?? {} });
  if (answer.ok) after(answer.data);
  draw();
  lead();
}

function taken(standing) {
  state.wish = {
    ...state.wish, topics: new Set(standing.topics), districts: new Set(standing.districts),
    some: standing.districts.length > 0, language: standing.language,
  };
  state.chosen = true;
}

function tick(kind, set, value, words) {
  const toggle = (event) => (event.target.checked ? set.add(value) : set.delete(value));
  return el("label", {}, el("input", { type: "checkbox", name: kind, value, checked: set.has(value), onchange: toggle }), words);
}

function choice(name, value, words, chosen, pick) {
  return el("label", {}, el("input", { type: "radio", name, value, checked: chosen, onchange: pick }), words);
}

function group(name, legend, ...controls) {
  const mistake = state.fields[name];
  return el(
    "fieldset", { class: "choices", "aria-describedby": mistake && `${name}-mistake` }, el("legend", {}, legend), controls,
    mistake && el("span", { class: "mistake", id: `${name}-mistake` }, mistake),
  );
}

function wishes() {
  const { wish } = state;
  const area = (some) => () => { wish.some = some; draw(); document.querySelector(`[name=area][value=${some ? "some" : "city"}]`)?.focus(); };
  const language = (value) => () => { Object.assign(wish, { language: value }); state.chosen = true; };
  return [
    group("topics", say("topics"), TOPICS.map((topic) => tick("topics", wish.topics, topic, say("topic")[topic]))),
    group(
      "districts", say("area"), choice("area", "city", say("whole_city"), !wish.some, area(false)),
      choice("area", "some", say("some_districts"), wish.some, area(true)),
      wish.some && el("div", { class: "districts" }, state.districts.map((one) => tick("districts", wish.districts, one.code, districtName(one.code)))),
    ),
    group(
      "language", say("news_language"), choice("language", "zh-TW", say("chinese"), wish.language === "zh-TW", language("zh-TW")),
      choice("language", "en", say("english"), wish.language === "en", language("en")),
    ),
  ];
}

const told = () => [
  state.problem && el("p", { class: "problem", role: "alert" }, state.problem),
  state.done && el("p", { class: "done", role: "status", tabindex: "-1" }, state.done),
];
const button = (words, kind, onclick) => el("button", { type: onclick ? "button" : "submit", class: kind, disabled: state.busy, onclick }, words);

function subscribing() {
  if (state.until) {
    const again = () => { Object.assign(state, { until: "", wish: fresh(), chosen: false }); draw(); };
    return el(
      "section", { class: "card", role: "status" }, el("h2", { tabindex: "-1" }, say("asked")),
      el("p", {}, say("asked_what", { email: state.wish.email, at: instantWords(state.until, page.language) })),
      el("div", { class: "row" }, button(say("asked_again"), "", again)),
    );
  }
  const email = el("input", { type: "email", autocomplete: "email", required: true, maxlength: 200, oninput: (event) => (state.wish.email = event.target.value) });
  email.value = state.wish.email;
  const submit = (event) => {
    event.preventDefault();
    if (state.wish.some && !state.wish.districts.size) state.wish.some = false;
    send("POST", "api/v1/news/subscriptions", { ...body(), email: state.wish.email.trim() }, (data) => (state.until = data.confirm_until));
  };
  return el(
    "section", { class: "card" }, el("h2", {}, say("subscribe")), el("p", {}, say("subscribe_what")), told(),
    el(
      "form", { novalidate: true, onsubmit: submit }, wishes(), field("email", say("news_email"), email, { hint: say("why_email"), mistake: state.fields.email }),
      el("div", { class: "row" }, button(say("ask_letter"), "main")),
    ),
  );
}

function confirming() {
  const confirm = () => send("POST", "api/v1/news/subscriptions/confirm", { token: state.confirm }, (data) => {
    taken(data);
    Object.assign(state, { confirm: null, done: say("confirmed") });
    history.replaceState(null, "", location.pathname + location.search);
  });
  return el(
    "section", { class: "card" }, el("h2", { tabindex: "-1" }, say("confirm_title_news")), el("p", {}, say("confirm_news")), told(),
    el("div", { class: "row" }, button(say("confirm_button_news"), "main", confirm)),
  );
}

function standing() {
  const topics = TOPICS.filter((topic) => state.wish.topics.has(topic)).map((topic) => say("topic")[topic]).join(say("and"));
  const area = state.wish.some ? [...state.wish.districts].map(districtName).join(say("and")) : say("whole_city");
  return el("section", { class: "card" }, el("h2", { tabindex: "-1" }, say("mine")), told(), el("p", { class: "lead" }, say("you_take", { topics, area })));
}

function managing() {
  if (state.left) return el("section", { class: "card", role: "status" }, el("h2", { tabindex: "-1" }, say("left")));
  if (!state.chosen) return el("section", { class: "card" }, el("h2", { tabindex: "-1" }, say("mine")), told());
  const submit = (event) => {
    event.preventDefault();
    send("PUT", "api/v1/news/subscriptions/mine", { ...body(), token: state.mine }, (data) => { taken(data); state.done = say("saved"); });
  };
  const leave = () => {
    if (!state.sure) return void ((state.sure = true), draw());
    send("POST", "api/v1/news/subscriptions/end", { token: state.mine }, () => (state.left = true));
  };
  return el(
    "section", { class: "card" }, el("h2", { tabindex: "-1" }, say("mine")), told(),
    el("form", { onsubmit: submit }, wishes(), el("div", { class: "row" }, button(say("save"), "main"), button(say(state.sure ? "leave_sure" : "leave"), "grave", leave))),
  );
}

function latest() {
  const options = [["", say("every_topic")], ...TOPICS.map((topic) => [topic, say("topic")[topic]])];
  const select = el("select", { onchange: (event) => { state.topic = event.target.value; read(); } }, options.map(([value, words]) => el("option", { value }, words)));
  select.value = state.topic;
  const row = (one) => el(
    "li", { class: "news", lang: one.language === "en" ? "en" : "zh-Hant-TW" },
    el("span", { class: one.urgent ? "topic urgent" : "topic", lang: say("lang") }, one.urgent ? `${say("urgent")} · ` : "", say("topic")[one.topic]), " ",
    el("span", { class: "hint", lang: say("lang") }, instantWords(one.sent_at, page.language), one.districts.length ? ` · ${one.districts.map(districtName).join(say("and"))}` : "", page.language === "en" && one.language !== "en" ? ` · ${say("only_chinese")}` : ""),
    el("h3", {}, one.title), el("p", {}, one.text),
    one.valid_until && el("p", { class: "hint", lang: say("lang") }, say("until", { at: instantWords(one.valid_until, page.language) })),
    one.link && el("p", {}, el("a", { href: one.link, rel: "noopener noreferrer", target: "_blank", lang: say("lang") }, say("more"))),
  );
  return el(
    "section", { class: "card", "aria-labelledby": "recent" }, el("h2", { id: "recent" }, say("recent")), field("topic", say("topics"), select),
    state.news === null ? el("p", {}, say("working")) : state.news.length ? el("ul", {}, state.news.map(row)) : el("p", {}, say("none_yet")),
  );
}

function draw() {
  document.title = `${say("news_title")}｜高雄市 1999 萬事通`;
  if (!state.chosen && !state.mine) state.wish.language = page.language;
  let top = subscribing;
  if (state.mine) top = managing;
  else if (state.confirm) top = confirming;
  else if (state.chosen && state.done) top = standing;
  show(top(), latest());
}

async function read() {
  const query = new URLSearchParams({ language: page.language, ...(state.topic && { topic: state.topic }) });
  const answer = await ask("GET", `api/v1/news?${query}`);
  state.news = answer.ok ? answer.data : [];
  draw();
}

begin(() => { draw(); read(); });
ask("GET", "api/v1/places/districts").then((answer) => { state.districts = answer.data ?? []; draw(); });
if (state.mine) send("POST", "api/v1/news/subscriptions/mine", { token: state.mine }, taken);
