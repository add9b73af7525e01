/** The home page around the chat: its language, and the case look-up. */
import { STRINGS } from "./home_strings.js";
import { Api, Refusal } from "./widget/api.js";
import { instantWords } from "./widget/dates.js";
import { el } from "./widget/dom.js";
import { otherLanguage } from "./widget/strings.js";

const NOT_FOUND = new Set([404, 422]);
const TOO_MANY = 429;

const api = new Api(new URL(".", document.baseURI));
const form = document.querySelector("#lookup");
const result = document.querySelector("#result");
const switcher = document.querySelector("#language");
let language = "zh-TW";
let shown = null;

const say = (key, at) => STRINGS[language][key]?.replace("{at}", at);

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = say("lang");
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-words]")) node.textContent = say(node.dataset.words);
  switcher.textContent = say("other_language");
  switcher.lang = STRINGS[otherLanguage(language)].lang;
  if (shown) lookUp(shown.number, shown.code);
  else result.replaceChildren();
}

function problem(key) {
  shown = null;
  result.replaceChildren(el("p", { class: "problem" }, say(key)));
}

async function lookUp(number, code) {
  result.replaceChildren(el("p", {}, say("looking")));
  try {
    const found = await api.caseOf(number, code, language);
    shown = { number, code };
    result.replaceChildren(...view(found));
  } catch (error) {
    if (!(error instanceof Refusal)) problem("unreachable");
    else if (NOT_FOUND.has(error.status)) problem("not_found");
    else if (error.status === TOO_MANY) problem("too_many");
    else problem("unreachable");
  }
}

function view(found) {
  const row = (name, value, late) => value && [el("dt", {}, name), el("dd", { class: late && "overdue" }, value)];
  const at = (iso) => instantWords(iso, language);
  return [
    el("h3", {}, found.number),
    el(
      "dl",
      {},
      row(say("item"), found.item),
      row(say("status"), found.status_text),
      row(say("owner"), found.owner),
      row(say("district"), found.district),
      row(say("received"), at(found.received_at)),
      found.due.map((due) => row(say(due.stage), say(due.verdict, at(due.due_at)), due.verdict === "overdue")),
    ),
    found.last_reply && el("h4", {}, say("last_reply")),
    found.last_reply && el("p", {}, found.last_reply),
    el("h4", {}, say("history")),
    el("ol", {}, found.events.map((event) => el("li", {}, el("time", { datetime: event.at }, at(event.at)), event.text))),
  ].filter(Boolean);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const number = form.elements.number.value.trim();
  const code = form.elements.code.value.trim();
  if (number && code) lookUp(number, code);
  else problem("missing");
});

document.addEventListener("wst-language", ({ detail }) => speak(detail.language));
document.addEventListener("wst-case", ({ detail }) => {
  form.elements.number.value = detail.number;
  form.elements.code.value = detail.code;
});

await customElements.whenDefined("wst-chat");
const chat = document.querySelector("wst-chat");
switcher.addEventListener("click", () => chat.switchLanguage(otherLanguage(language)));
const wanted = new URLSearchParams(location.search).get("lang");
if (wanted === "en" && !chat.session.begun) await chat.switchLanguage("en");
if (chat.language !== language) speak(chat.language);
