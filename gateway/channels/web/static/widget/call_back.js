/** Asking to be called instead of waiting: a form of the widget, read back before it is sent. */
import { el } from "./dom.js";
import { newId } from "./outbox.js";

const PHONE_MAX = 60;
const ABOUT_MAX = 500;
const OVER = new Set(["call_back_cancelled", "call_back_not_reached"]);

export class CallBacks {
  #api;
  #session;
  #log;
  /** The form on screen, and the button that cancels; there is one of each at most. */
  #form = null;
  #button = null;

  constructor(api, session, log) {
    this.#api = api;
    this.#session = session;
    this.#log = log;
  }

  /** Put a button under the notices of call-backs. A new wish for a call opens the form by itself. */
  decorate(bubble, message, old, say) {
    const { notice } = message.payload;
    if (OVER.has(notice)) this.#button?.remove();
    const act = { call_back_form: () => this.#open(say), call_back_asked: (event) => this.#cancel(event, say) }[notice];
    if (!act) return;
    const name = notice === "call_back_form" ? "call_back_open" : "call_back_cancel";
    const button = el("button", { type: "button", class: "plain own", onclick: act }, say(name));
    bubble.querySelector(".bubble").append(button);
    if (notice === "call_back_asked") this.#button = button;
    if (notice === "call_back_form" && !old) act();
  }

  async #open(say) {
    if (this.#form?.isConnected) {
      this.#form.querySelector("input, button")?.focus();
      return;
    }
    const { conversation } = this.#session;
    const form = (this.#form = el("form", { class: "rating call-back", novalidate: true }));
    try {
      const { windows } = await this.#api.callBack(conversation);
      if (windows.length === 0) form.append(el("p", {}, say("call_back_none")));
      else this.#ask(form, conversation, windows, say);
    } catch (problem) {
      this.#wrong(form, problem, say);
    }
    this.#log().ask(form);
    form.querySelector("input")?.focus();
  }

  /** The first step: what is asked for. */
  #ask(form, conversation, windows, say) {
    const clientId = newId();
    const phone = el("input", { name: "phone", type: "tel", autocomplete: "tel", maxlength: PHONE_MAX, required: true, "aria-describedby": "wst-phone-hint" });
    const when = el("select", { name: "window" }, windows.map(({ key, label }) => el("option", { value: key }, label)));
    const about = el("textarea", { name: "about", rows: "2", maxlength: ABOUT_MAX });
    const given = () => ({ client_id: clientId, phone: phone.value.trim(), window: when.value, about: about.value.trim() });
    const fields = el(
      "div",
      {},
      el("p", {}, say("call_back_title")),
      el("label", {}, say("call_back_phone"), phone, el("small", { id: "wst-phone-hint" }, say("call_back_phone_hint"))),
      el("label", {}, say("call_back_when"), when),
      el("label", {}, say("call_back_about"), about),
      el("p", { class: "problem", role: "alert" }),
      el("small", {}, say("call_back_use")),
      el("div", { class: "choices" }, el("button", { type: "submit", class: "primary" }, say("call_back_next"))),
    );
    form.replaceChildren(fields);
    form.onsubmit = (event) => {
      event.preventDefault();
      const { phone: number, window: chosen } = given();
      const problem = number && chosen ? "" : say("call_back_missing");
      fields.querySelector(".problem").textContent = problem;
      if (problem) phone.focus();
      else this.#check(form, fields, conversation, given(), when.selectedOptions[0].textContent, say, form.onsubmit);
    };
  }

  /** The second step: read back, and sent or changed. */
  #check(form, fields, conversation, given, label, say, again) {
    const row = (name, value) => value && [el("dt", {}, say(name)), el("dd", {}, value)];
    const send = el("button", { type: "submit", class: "primary" }, say("call_back_send"));
    const back = () => {
      form.replaceChildren(fields);
      form.onsubmit = again;
      fields.querySelector("input").focus();
    };
    form.replaceChildren(
      el("p", {}, say("call_back_check")),
      el("dl", {}, row("call_back_number", given.phone), row("call_back_when", label), row("call_back_about", given.about)),
      el("p", { class: "problem", role: "alert" }),
      el("div", { class: "choices" }, el("button", { type: "button", class: "plain", onclick: back }, say("call_back_edit")), send),
    );
    form.onsubmit = async (event) => {
      event.preventDefault();
      send.disabled = true;
      try {
        await this.#api.askCallBack(conversation, given, this.#session.language);
        form.remove(); // the notice that follows tells of it
        this.#log().scroller.focus();
      } catch (problem) {
        send.disabled = false;
        this.#wrong(form, problem, say);
      }
    };
    send.focus();
  }

  async #cancel(event, say) {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      await this.#api.cancelCallBack(this.#session.conversation);
    } catch (problem) {
      button.disabled = false;
      this.#wrong(button.parentElement, problem, say);
    }
  }

  #wrong(place, problem, say) {
    let told = place.querySelector(".problem");
    if (!told) place.append((told = el("p", { class: "problem", role: "alert" })));
    const fields = Object.values(problem.fields ?? {});
    told.textContent = fields.join(" ") || (problem.words?.(this.#session.language) ?? say("link_lost"));
  }
}
