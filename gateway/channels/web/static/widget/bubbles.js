/** One message as an element, by its kind. What the server sends is shown as text, never as markup. */
import { clockWords, dateWords, instantWords, isOld } from "./dates.js";
import { el, icon, webLink } from "./dom.js";

/** `choose(option)` is called with a pressed button's {title, payload}, `sharePlace()` where a place is asked for;
 * `file` draws files. */
export class Bubbles {
  constructor(say, language, { choose, sharePlace, file }) {
    this.say = say;
    this.language = language;
    this.choose = choose;
    this.sharePlace = sharePlace;
    this.file = file;
  }

  draw(message) {
    const { sender, kind, payload } = message;
    const content = {
      answer: () => this.#answer(message),
      options: () => [this.#text(message.text), this.#options(payload.options)],
      summary: () => [this.#summary(message), this.#options(payload.options)],
      case: () => [this.#case(payload)],
      file: () => this.file.draw(payload),
      notice: () => [this.#text(message.text), this.#numbers(payload.numbers)],
    }[kind] ?? (() => [this.#text(message.text)]);
    const urgent = kind === "notice" && payload.numbers?.length > 0;
    return el(
      "div",
      { class: `message ${sender}${urgent ? " urgent" : ""}`, "data-kind": kind, role: urgent ? "alert" : null, "data-seq": message.seq },
      el("div", { class: "bubble" }, this.#who(sender), content(), payload.asking === "place" && this.#place()),
      el("time", { datetime: message.created_at }, this.#signed(sender), clockWords(message.created_at)),
    );
  }

  /** A message still on its way; a refused one says why and can be sent again or deleted. */
  pending(item, { retry, discard }) {
    const status = item.error
      ? el(
          "div",
          { class: "failed", role: "alert" },
          el("span", {}, `${this.say("not_sent")}：${(this.language === "en" ? item.error.en : item.error.zh) ?? item.error.en ?? ""}`),
          (item.file || !item.body.file) && el("button", { type: "button", onclick: () => retry(item.client_id) }, this.say("retry")),
          el("button", { type: "button", onclick: () => discard(item.client_id) }, this.say("discard")),
        )
      : el("time", {}, this.say("sending"));
    return el(
      "div",
      { class: "message citizen pending" },
      el("div", { class: "bubble" }, this.#who("citizen"), this.#text(item.shown)),
      status,
    );
  }

  #who(sender) {
    return el("span", { class: "spoken" }, this.say("says", { who: this.say(sender) }));
  }

  #signed(sender) {
    return sender === "operator" ? `${this.say("operator")} · ` : "";
  }

  #text(text) {
    return el("p", { class: "text" }, text);
  }

  #answer({ text, payload }) {
    const agency = payload.agency ?? "";
    const old = payload.older_than_3_years ?? isOld(payload.source_date);
    return [
      payload.question && el("p", { class: "about" }, this.say("about", { question: payload.question })),
      this.#text(text),
      el(
        "p",
        { class: "source" },
        webLink(payload.source_url, this.say("source"), this.say("source_label", { agency })),
        el("span", {}, agency),
        payload.source_date && el(
          "time",
          { datetime: payload.source_date },
          this.say("source_date", { date: dateWords(payload.source_date, this.language) }),
        ),
        old && !payload.expired && el("span", { class: "old" }, payload.warning ?? this.say("old_source")),
      ),
    ];
  }

  #options(options = []) {
    return el(
      "div",
      { class: "options", role: "group", "aria-label": this.say("options") },
      options.map((option) => el("button", { type: "button", class: "option", onclick: () => this.choose(option) }, option.title)),
    );
  }

  #place() {
    const button = el("button", { type: "button", class: "option", onclick: () => this.sharePlace() }, icon("place"), this.say("share_place"));
    return el("div", { class: "options" }, button);
  }

  #summary({ text, payload: { fields } }) {
    if (!fields?.length) return el("div", { class: "card" }, this.#text(text));
    return el(
      "div",
      { class: "card" },
      el("p", { class: "card-title" }, this.say("summary_title")),
      el("dl", {}, fields.map(({ label, value }) => [el("dt", {}, label), el("dd", { class: "text" }, value)])),
      el("p", { class: "keep" }, this.say("summary_hint")),
    );
  }

  #numbers(numbers = []) {
    return numbers.length > 0 && el(
      "div",
      { class: "numbers" },
      numbers.map((number) => {
        const purpose = this.say(`call_${number}`);
        const digits = String(number).replace(/[^\d+#*,]/g, "");
        return el("a", { href: `tel:${digits}` }, el("strong", {}, this.say("call", { number })), purpose && el("span", {}, purpose));
      }),
    );
  }

  #case(payload) {
    const row = (name, value, copy) => value && [
      el("dt", {}, name),
      el("dd", {}, value, copy && this.#copy(name, value)),
    ];
    return el(
      "div",
      { class: "card" },
      el("p", { class: "card-title" }, this.say("case_title")),
      el(
        "dl",
        {},
        row(this.say("case_number"), payload.number, true),
        row(this.say("case_code"), payload.verification_code, true),
        row(this.say("case_kind"), this.say(`kind_${payload.kind}`) ?? payload.kind),
        row(this.say("case_item"), payload.item),
        row(this.say("case_district"), payload.district),
        row(this.say("case_owner"), payload.owner),
        (payload.due ?? []).map(({ stage, due_at: at }) =>
          row(this.say(`due_${stage}`) ?? stage, this.say("due_at", { at: instantWords(at, this.language) }))),
      ),
      el("p", { class: "keep" }, this.say("case_keep")),
    );
  }

  #copy(name, value) {
    const label = this.say("copy_label", { what: name });
    const button = el("button", { type: "button", class: "copy", "aria-label": label }, this.say("copy"));
    const shown = button.firstChild;
    button.addEventListener("click", async () => {
      if (!(await copyText(value, button))) return;
      shown.data = this.say("copied");
      button.setAttribute("aria-label", this.say("copied"));
    });
    return button;
  }
}

/** To the clipboard; on pages without https by the selection. Whether it worked. */
async function copyText(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el("textarea", { readonly: true, class: "spoken" });
    field.value = text;
    near.after(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    near.focus();
    return copied;
  }
}
