/** The conversation on screen: greeting, messages, what is on its way, and the dots. */
import { Bubbles } from "./bubbles.js";
import { el, icon } from "./dom.js";
import { Files } from "./files.js";

const TYPING_AT_MOST_MS = 15_000;
const NEAR_BOTTOM_PX = 60;
const FOR_THE_STAFF = ["unsent", "undelivered"];
const STARTERS = ["dispatch", "petition", "lookup", "person", "question"];

/** Notices of what became of messages elsewhere: the citizen knows, or could do nothing about it. */
export function isForTheStaff({ kind, payload }) {
  return kind === "notice" && FOR_THE_STAFF.includes(payload?.notice);
}

export class Log {
  #typingTimer;
  #anchor = null;
  #rest = 0;
  #failed = 0;

  /** `act` has send(body, shown), retry(id), discard(id), sharePlace(), loadFile(id) and drawn(bubble, message, old); `root` is where windows open. */
  constructor(say, language, act, root) {
    this.say = say;
    this.act = act;
    this.bubbles = new Bubbles(say, language, {
      choose: (option) => act.send({ option: option.payload }, option.title),
      sharePlace: () => act.sharePlace(),
      file: new Files(say, root, (id) => act.loadFile(id)),
    });
    this.starters = this.#starters();
    this.stored = el("div", { role: "log", "aria-label": say("log"), "aria-live": "polite", "aria-relevant": "additions" });
    this.waiting = el("div", { class: "waiting" });
    this.dots = el("div", { class: "dots", hidden: true }, el("i"), el("i"), el("i"), el("span", { class: "spoken" }, say("typing")));
    this.newer = el(
      "button",
      { type: "button", class: "newer", hidden: true, "aria-label": say("newer"), onclick: () => this.#toEnd() },
      icon("down"),
    );
    this.scroller = el(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": say("log"), onscroll: () => this.#scrolled() },
      this.#greeting(), this.starters, this.stored, this.waiting, this.dots,
    );
    this.element = el("div", { class: "log" }, this.scroller, this.newer);
    new ResizeObserver(() => this.#settle()).observe(this.scroller);
  }

  /** `old` messages were read before: they are shown but not read aloud. */
  add(message, old = false) {
    if (isForTheStaff(message)) {
      if (message.payload.notice === "unsent") this.#blank(message.payload.seq);
      return;
    }
    this.starters.hidden = true;
    this.#retire(message.sender === "citizen");
    if (message.sender !== "citizen") this.typing(false);
    this.stored.setAttribute("aria-live", old ? "off" : "polite");
    const bubble = this.bubbles.draw(message);
    this.act.drawn(bubble, message, old);
    this.stored.append(bubble);
    if (message.sender === "citizen") this.#anchor = bubble;
    this.#settle();
  }

  /** Whoever is in charge has seen everything up to this number: said under the last of one's own. */
  seen(seq) {
    this.stored.querySelector(".seen")?.remove();
    const own = [...this.stored.querySelectorAll(".message.citizen")].filter((one) => Number(one.dataset.seq) <= seq);
    own.at(-1)?.querySelector(":scope > time").append(el("span", { class: "seen" }, ` · ${this.say("seen")}`));
  }

  /** A line of the widget itself. */
  note(text) {
    this.#retire();
    this.stored.append(el("p", { class: "note" }, text));
    this.#settle();
  }

  /** A form of the widget itself. */
  ask(form) {
    this.stored.append(form);
    this.#toEnd();
  }

  pending(items) {
    if (items.length > 0) this.starters.hidden = true;
    const failed = items.filter((item) => item.error).length;
    const news = failed > this.#failed;
    this.#failed = failed;
    const own = items.length > this.waiting.childElementCount;
    this.waiting.replaceChildren(...items.map((item) => this.bubbles.pending(item, this.act)));
    if (own) {
      this.#retire();
      this.#anchor = this.waiting.lastElementChild;
    }
    if (own || news) this.#toEnd();
  }

  typing(on) {
    clearTimeout(this.#typingTimer);
    this.dots.hidden = !on;
    if (!on) return;
    this.#typingTimer = setTimeout(() => this.typing(false), TYPING_AT_MOST_MS);
    this.#settle();
  }

  clear() {
    this.stored.replaceChildren();
    this.waiting.replaceChildren();
    this.typing(false);
    this.#anchor = null;
    this.starters.hidden = false;
  }

  #greeting() {
    const { say } = this;
    return [
      el("div", { class: "message bot" }, el("div", { class: "bubble" }, el("p", { class: "text" }, say("greeting")))),
      el(
        "details",
        { class: "privacy" },
        el("summary", {}, say("privacy_title")),
        ["privacy_use", "privacy_link", "privacy_tab"].map((key) => el("p", {}, say(key))),
      ),
    ];
  }

  #starters() {
    const { say } = this;
    return el(
      "div",
      { class: "options starters", role: "group", "aria-label": say("starters") },
      STARTERS.map((name) => {
        const text = say(`starter_${name}_text`);
        return el("button", { type: "button", class: "option", onclick: () => this.act.send({ text }, text) }, say(`starter_${name}`));
      }),
    );
  }

  /** Buttons serve one choice: after the citizen has gone on, the earlier ones rest. */
  #retire(needed = true) {
    if (!needed) return;
    for (const button of this.stored.querySelectorAll(".option:enabled")) button.disabled = true;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.newer.hidden = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
  }

  /** Follow the conversation, but keep the beginning of a long answer in sight. */
  #settle() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const end = scrollHeight - clientHeight;
    const question = this.#anchor?.isConnected ? this.#anchor.offsetTop - 8 : end;
    const readingBack = scrollTop < this.#rest - NEAR_BOTTOM_PX;
    if (!readingBack) this.#moveTo(Math.min(end, question));
    this.#scrolled();
  }

  /** Words that their citizen has taken back elsewhere are not to be read here either. */
  #blank(seq) {
    const bubble = this.stored.querySelector(`[data-seq="${seq}"] .bubble`);
    bubble?.replaceChildren(...[bubble.querySelector(".spoken"), el("p", { class: "text" }, this.say("taken_back"))].filter(Boolean));
  }

  #toEnd() {
    this.#moveTo(this.scroller.scrollHeight);
    this.#scrolled();
  }

  #moveTo(top) {
    this.scroller.scrollTop = top;
    this.#rest = this.scroller.scrollTop;
  }
}
