/** What a citizen hears of the people behind the chat: full lines, the place in line, the rating afterwards. */
import { el } from "./dom.js";

const LOOK_MS = 10_000;
const SCORES = [1, 2, 3, 4, 5];

export class People {
  #api;
  #session;
  #told;
  #timer = null;
  #place = null;
  #full = false;
  /** Whether a conversation can go on in LINE. */
  line = false;

  /** `told` is called when there is something else to say in the status line. */
  constructor(api, session, told) {
    this.#api = api;
    this.#session = session;
    this.#told = told;
    session.addEventListener("owner", () => this.#look());
    api.service().then(({ lines_full: full, line }) => {
      this.#full = full;
      this.line = line === true;
      told();
    }).catch(() => {});
  }

  /** What the status line says while nothing is wrong; null where there is nothing to say. */
  status(say) {
    const { owner } = this.#session;
    if (owner === "bot") return this.#full ? say("lines_full") : null;
    if (owner !== "queue" || this.#place?.place == null) return say(`owner_${owner}`);
    const { place, minutes } = this.#place;
    const key = minutes === null ? "line_unknown" : minutes === 0 ? "line_now" : "line_place";
    return `${say(key, { place, minutes })} ${say("owner_queue")}`;
  }

  /** The form that asks how content the citizen was with a service that has ended. */
  rating(say) {
    const { conversation } = this.#session;
    const question = (name) => el(
      "fieldset", {},
      el("legend", {}, say(`rate_${name}`)),
      SCORES.map((score) => el("label", {}, el("input", { type: "radio", name, value: score, required: true }), String(score))),
    );
    const form = el(
      "form",
      { class: "rating", onsubmit: (event) => this.#send(event, conversation, say) },
      el("p", {}, say("rate_title")), question("speed"), question("result"),
      el("label", {}, say("rate_comment"), el("textarea", { name: "comment", rows: "2", maxlength: "1000" })),
      el("button", { type: "submit" }, say("rate_send")),
    );
    return form;
  }

  async #send(event, conversation, say) {
    event.preventDefault();
    const form = event.target;
    const given = new FormData(form);
    const [speed, result] = ["speed", "result"].map((name) => Number(given.get(name)));
    try {
      await this.#api.rate(conversation, { speed, result, comment: given.get("comment") });
      form.replaceWith(el("p", { class: "note" }, say("rate_thanks")));
    } catch (problem) {
      form.append(el("p", { class: "problem", role: "alert" }, problem.words?.(say("lang") === "en" ? "en" : "zh-TW") ?? say("link_lost")));
    }
  }

  async #look() {
    clearTimeout(this.#timer);
    this.#place = null;
    const { owner, conversation } = this.#session;
    if (owner !== "queue" || !conversation) return;
    try {
      this.#place = await this.#api.place(conversation);
      this.#told();
    } catch {
      // The line above says what is the matter with the connection.
    }
    if (this.#session.owner === "queue") this.#timer = setTimeout(() => this.#look(), LOOK_MS);
  }
}
