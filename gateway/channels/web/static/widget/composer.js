/** Where the citizen writes. Enter sends, Shift+Enter breaks the line; nothing is ever cut off. */
import { el, icon } from "./dom.js";

const LIMIT = 1000;
const COUNT_FROM = 800;
const TYPING_PAUSE_MS = 3_000;
/** Pictures by their media type, so that a telephone offers its camera and sends JPEG. */
const ACCEPT = "image/jpeg,image/png,image/gif,image/bmp,.pdf,.txt,.doc,.docx,.xls,.xlsx,.odt,.ods,.zip,.avi,.mp4,.wav,.wma,.wmv";

export class Composer {
  #typing = false;
  #typingTimer;

  /** `act` has send(body, shown), sendFile(file), sharePlace() and typing(on). */
  constructor(say, act) {
    this.say = say;
    this.act = act;
    this.input = el("textarea", {
      rows: "1", placeholder: say("placeholder"), "aria-label": say("input_label"),
      "aria-describedby": "wst-count", enterkeyhint: "send", autocomplete: "off",
      oninput: () => this.#changed(), onkeydown: (event) => this.#key(event),
    });
    this.count = el("p", { class: "count", id: "wst-count", role: "status", hidden: true });
    this.button = el("button", { type: "submit", class: "send", "aria-label": say("send") }, icon("send"));
    const files = el("input", { type: "file", hidden: true, accept: ACCEPT, multiple: true, onchange: () => this.#chosen(files) });
    this.element = el(
      "form",
      { class: "composer", onsubmit: (event) => this.#submit(event) },
      this.count,
      el(
        "div",
        { class: "line" },
        el("button", { type: "button", class: "place", "aria-label": say("share_place"), title: say("share_place"), onclick: () => act.sharePlace() }, icon("place")),
        el("button", { type: "button", class: "attach", "aria-label": say("attach"), title: say("attach"), onclick: () => files.click() }, icon("clip")),
        files,
        this.input,
        this.button,
      ),
    );
  }

  get value() {
    return this.input.value;
  }

  set value(text) {
    this.input.value = text;
    this.#measure();
  }

  focus() {
    this.input.focus();
  }

  #submit(event) {
    event.preventDefault();
    const text = this.input.value.replace(/\r\n?/g, "\n").trim();
    if (text === "" || [...text].length > LIMIT) {
      this.#measure();
      this.input.focus();
      return;
    }
    this.value = "";
    this.#tellTyping(false);
    this.act.send({ text }, text);
  }

  #chosen(files) {
    for (const file of files.files) this.act.sendFile(file);
    files.value = "";
    this.input.focus();
  }

  #key(event) {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  #changed() {
    this.#measure();
    this.#tellTyping(this.input.value !== "");
  }

  #measure() {
    const count = [...this.input.value.trim()].length;
    const over = count > LIMIT;
    this.count.hidden = count < COUNT_FROM;
    this.count.classList.toggle("over", over);
    this.count.textContent = this.count.hidden ? "" : this.say(over ? "too_long" : "counter", { count, limit: LIMIT });
    this.input.setAttribute("aria-invalid", String(over));
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
  }

  #tellTyping(on) {
    clearTimeout(this.#typingTimer);
    if (on) this.#typingTimer = setTimeout(() => this.#tellTyping(false), TYPING_PAUSE_MS);
    if (on === this.#typing) return;
    this.#typing = on;
    this.act.typing(on);
  }
}
