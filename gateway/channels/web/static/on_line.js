/** On the case's page: how to be told of the case in LINE. */
import { ask, page, say } from "./citizen.js";
import { instantWords } from "./widget/dates.js";
import { el } from "./widget/dom.js";

const known = { on: null };

/** The card, or nothing where there is no LINE; `state` holds the case's number and code. */
export function lineCode(state) {
  const card = el("section", { class: "card", hidden: known.on !== true }, el("h3", {}, say("line_title")), el("p", {}, say("line_what")));
  const get = el("button", { type: "button", onclick: () => load(state, card, get) }, say("line_get"));
  card.append(el("div", { class: "row" }, get));
  if (known.on === null) look().then(() => (card.hidden = known.on !== true));
  return card;
}

async function look() {
  const answer = await ask("GET", "api/v1/service");
  known.on = answer.ok && answer.data.line === true;
}

async function load(state, card, get) {
  get.disabled = true;
  const answer = await ask("POST", `api/v1/cases/${encodeURIComponent(state.number)}/line-code`, { code: state.code });
  if (!answer.ok) {
    get.disabled = false;
    card.append(el("p", { class: "problem", role: "alert" }, answer.problem));
    return;
  }
  const { words, account, link, picture, expires_at: until } = answer.data;
  get.parentNode.replaceWith(
    el("p", {}, say("line_steps", { account: account ?? say("line_official") })),
    el("p", { class: "lead" }, words),
    picture ? el("img", { src: picture, width: 180, height: 180, alt: say("line_scan") }) : "",
    link ? el("p", {}, el("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, say("line_open"))) : "",
    el("p", { class: "hint" }, say("line_until", { at: instantWords(until, page.language) })),
  );
}
