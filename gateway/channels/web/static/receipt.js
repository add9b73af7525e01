/** Number and code of a case that was just filed or joined. */
import { base, facts, page, say } from "./citizen.js";
import { instantWords } from "./widget/dates.js";
import { el } from "./widget/dom.js";

/** The card a citizen keeps. */
export function receipt(filed, title, again) {
  const { number, verification_code: code } = filed;
  sessionStorage.setItem("wst:case", JSON.stringify({ number, code }));
  const copy = async (event) => {
    await navigator.clipboard?.writeText(`${number} ${code}`);
    event.target.textContent = say("copied");
  };
  return el(
    "section", { class: "card" },
    el("h2", { tabindex: "-1" }, title),
    el("p", {}, say("keep")),
    facts([
      [say("number"), el("span", { class: "code", id: "filed-number" }, number)],
      [say("code"), el("span", { class: "code", id: "filed-code" }, code)],
      [say("item"), filed.item], [say("owner"), filed.owner],
      ...(filed.due ?? []).map((due) => [say(due.stage), instantWords(due.due_at, page.language)]),
    ]),
    el(
      "div", { class: "row" },
      el("a", { class: "button main", href: new URL("case", base).href }, say("see_case")),
      el("button", { type: "button", onclick: copy }, say("copy")),
      el("button", { type: "button", onclick: () => window.print() }, say("print")),
      again && el("button", { type: "button", onclick: again }, say("another")),
    ),
  );
}
