/** What the citizens' pages share: language, talking to the platform, form fields. */
import { STRINGS } from "./citizen_strings.js";
import { el } from "./widget/dom.js";

const KEPT = "wst:language";
export const base = new URL(document.querySelector("script[type=module]").src.replace(/static\/.*$/, ""));
export const content = document.querySelector("#content");

export const page = { language: "zh-TW", draw: () => {} };

/** A sentence, with {names} filled in. */
export function say(key, values = {}) {
  const words = STRINGS[page.language][key];
  return typeof words === "string" ? words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "") : words;
}

/** Speak a language and draw the page again. */
export function speak(language) {
  page.language = language === "en" ? "en" : "zh-TW";
  sessionStorage.setItem(KEPT, page.language);
  document.documentElement.lang = say("lang");
  for (const node of document.querySelectorAll("[data-words]")) node.textContent = say(node.dataset.words);
  const switcher = document.querySelector("#language");
  switcher.textContent = say("other_language");
  switcher.lang = page.language === "en" ? "zh-Hant-TW" : "en";
  page.draw();
}

/** Begin: in the language of the address, of this tab, or Chinese. */
export function begin(draw) {
  page.draw = draw;
  const switcher = document.querySelector("#language");
  switcher.addEventListener("click", () => speak(page.language === "en" ? "zh-TW" : "en"));
  speak(new URLSearchParams(location.search).get("lang") ?? sessionStorage.getItem(KEPT) ?? "zh-TW");
}

/** Ask the platform; never throws. `problem` is a sentence for the person, `fields` what is wrong where. */
export async function ask(method, path, { body, code, form, cache = "no-store" } = {}) {
  const headers = { "accept-language": page.language };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (code !== undefined) headers["x-verification-code"] = code;
  try {
    const response = await fetch(new URL(path, base), {
      method, headers, cache, body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const data = response.status === 204 ? null : await response.json().catch(() => null);
    if (response.ok) return { ok: true, data };
    const error = data?.error ?? {};
    const sentence = response.status === 429 ? say("too_many") : error.message ?? say("unreachable");
    return { ok: false, status: response.status, problem: sentence, fields: error.fields ?? {} };
  } catch {
    return { ok: false, status: 0, problem: say("unreachable"), fields: {} };
  }
}

/** A labelled control with its hint and what is wrong with it. */
export function field(name, label, control, { hint, mistake } = {}) {
  control.id = name;
  control.name = name;
  const notes = [];
  if (hint) notes.push(el("span", { class: "hint", id: `${name}-hint` }, hint));
  if (mistake) notes.push(el("span", { class: "mistake", id: `${name}-mistake` }, mistake));
  if (mistake) control.setAttribute("aria-invalid", "true");
  if (notes.length) control.setAttribute("aria-describedby", notes.map((note) => note.id).join(" "));
  return el("div", { class: "field" }, el("label", { for: name }, label), notes, control);
}

/** A definition list of what is known. */
export function facts(rows) {
  const known = rows.filter(([, value]) => value != null && value !== "");
  return el("dl", {}, known.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** Put something on the page and lead the reader to its heading. */
export function show(...nodes) {
  content.replaceChildren(...nodes.flat(Infinity).filter(Boolean));
}

/** Bring the first mistake, or the top, to the reader. */
export function lead() {
  (content.querySelector("[aria-invalid=true]") ?? content.querySelector("h2, [role=alert]") ?? content).focus?.();
  window.scrollTo({ top: 0 });
}
