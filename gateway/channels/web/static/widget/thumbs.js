/** Thumbs under the answers of the FAQ: one vote for each, changed by pressing the other. */
import { el, icon } from "./dom.js";

const VOTES = ["up", "down"];
const FOLLOW_UP = "ask:again";
const REASONS = ["wrong", "outdated", "unclear", "not_asked"];
const COMMENT_MAX = 300;

export class Thumbs {
  #api;
  #session;
  /** Bars of the conversation on screen, by the number of their message. */
  #bars = new Map();
  #restoring = null;
  /** What the latest thumbs-down was answered with. */
  #followUp = null;

  constructor(api, session) {
    this.#api = api;
    this.#session = session;
  }

  /** Put the thumbs under a message that is an answer; `old` ones show what was voted before. What a thumbs-down
   * is answered with is brought into sight. */
  decorate(bubble, message, old, say) {
    if (!old && message.payload.options?.some(({ payload }) => payload === FOLLOW_UP)) {
      this.#followUp = bubble;
      this.#showFollowUp();
    }
    if (message.kind !== "answer" || !message.payload.faq_id) return;
    const { conversation } = this.#session;
    const button = (vote) => el(
      "button",
      {
        type: "button", class: `thumb ${vote}`, "aria-pressed": "false", "data-vote": vote,
        "aria-label": say(`thumb_${vote}`), title: say(`thumb_${vote}`),
        onclick: () => this.#cast(bar, conversation, message.seq, vote, say),
      },
      icon("thumb"),
    );
    const bar = el("div", { class: "thumbs", role: "group", "aria-label": say("thumbs") }, VOTES.map(button), el("span", { class: "told", role: "status" }));
    this.#bars.set(message.seq, bar);
    bubble.querySelector(".bubble").append(bar);
    if (old) this.#restore();
  }

  /** Another conversation counts its messages from one again. */
  clear() {
    this.#bars.clear();
    this.#restoring = this.#followUp = null;
  }

  async #cast(bar, conversation, seq, vote, say) {
    const before = bar.querySelector("[aria-pressed='true']")?.dataset.vote ?? null;
    const told = bar.querySelector(".told");
    show(bar, vote);
    bar.querySelector(".why")?.remove();
    try {
      await this.#api.vote(conversation, seq, vote);
      told.textContent = say("thumb_thanks");
      if (vote === "down") {
        bar.append(this.#why(bar, conversation, seq, say));
        this.#showFollowUp();
      }
    } catch (problem) {
      show(bar, before);
      told.textContent = problem.words?.(this.#session.language) ?? say("link_lost");
    }
  }

  /** The question why, below a thumbs-down: a choice and a few words, either of them. */
  #why(bar, conversation, seq, say) {
    let reason = null;
    const choice = (name) => el(
      "button",
      {
        type: "button", class: "reason", "aria-pressed": "false",
        onclick: ({ currentTarget }) => {
          const again = currentTarget.getAttribute("aria-pressed") === "true";
          for (const one of form.querySelectorAll(".reason")) one.setAttribute("aria-pressed", "false");
          currentTarget.setAttribute("aria-pressed", String(!again));
          reason = again ? null : name;
        },
      },
      say(`thumb_why_${name}`),
    );
    const words = el("input", { type: "text", maxlength: COMMENT_MAX, "aria-label": say("thumb_why_words"), placeholder: say("thumb_why_words") });
    const send = async (event) => {
      event.preventDefault();
      const comment = words.value.trim();
      if (!reason && !comment) return words.focus();
      const told = bar.querySelector(".told");
      try {
        await this.#api.vote(conversation, seq, "down", { ...(reason && { reason }), ...(comment && { comment }) });
        form.remove();
        told.textContent = say("thumb_why_thanks");
      } catch (problem) {
        told.textContent = problem.words?.(this.#session.language) ?? say("link_lost");
      }
    };
    const form = el(
      "form", { class: "why", onsubmit: send, "aria-label": say("thumb_why") },
      el("span", {}, say("thumb_why")),
      el("div", { class: "reasons", role: "group", "aria-label": say("thumb_why") }, REASONS.map(choice)),
      el("div", { class: "words" }, words, el("button", { type: "submit", class: "primary" }, say("thumb_why_send"))),
    );
    return form;
  }

  #showFollowUp() {
    requestAnimationFrame(() => this.#followUp?.scrollIntoView({ block: "nearest" }));
  }

  async #restore() {
    const { conversation } = this.#session;
    if (this.#restoring || !conversation) return;
    this.#restoring = conversation;
    try {
      const { votes } = await this.#api.votes(conversation);
      if (this.#restoring !== conversation) return;
      for (const { seq, vote } of votes) if (this.#bars.has(seq)) show(this.#bars.get(seq), vote);
    } catch {
      // They are only a reminder: without them a vote can still be cast.
    }
  }
}

function show(bar, vote) {
  for (const button of bar.querySelectorAll(".thumb")) {
    button.setAttribute("aria-pressed", String(button.dataset.vote === vote));
  }
}
