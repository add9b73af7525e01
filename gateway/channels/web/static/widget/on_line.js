/** The way of a conversation from this page to LINE: words to send there, a link and a picture that hold them. */
import { instantWords } from "./dates.js";
import { show } from "./dialogs.js";
import { el } from "./dom.js";

/** `load` brings the words; what it is refused with is told in the window. */
export async function showLineCode(root, say, language, load) {
  const problem = el("p", { class: "problem", role: "alert" });
  const inside = el("div", {});
  const choices = el("div", { class: "choices" });
  const dialog = el(
    "dialog", { "aria-labelledby": "wst-on-line" }, el("h2", { id: "wst-on-line" }, say("on_line_title")), inside, problem, choices,
  );
  choices.append(el("button", { type: "button", class: "plain", onclick: () => dialog.close() }, say("cancel")));
  const gone = new Promise((resolve) => show(root, dialog, resolve));
  try {
    const given = await load();
    inside.append(...told(say, language, given));
    choices.append(given.link ? openLink(say, given.link) : copyButton(say, given.words));
  } catch (refused) {
    problem.textContent = refused.words?.(language) ?? say("link_lost");
  }
  return gone;
}

function told(say, language, { words, account, picture, expires_at: until }) {
  return [
    el("p", {}, account ? say("on_line_steps", { account }) : say("on_line_steps_plain")),
    el("p", { class: "on-line-words" }, words),
    picture && el("img", { class: "on-line-code", src: picture, alt: say("on_line_scan") }),
    el("p", { class: "hint" }, say("on_line_until", { at: instantWords(until, language) })),
  ].filter(Boolean);
}

function openLink(say, link) {
  return el("a", { class: "primary", href: link, target: "_blank", rel: "noopener noreferrer" }, say("on_line_open"));
}

function copyButton(say, words) {
  const button = el("button", { type: "button", class: "primary", onclick: () => copy() }, say("on_line_copy"));
  const copy = async () => {
    await navigator.clipboard?.writeText(words);
    button.textContent = say("on_line_copied");
  };
  return button;
}
