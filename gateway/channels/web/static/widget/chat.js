/** <wst-chat>: the citizen's chat as one element, as a floating panel or filling its container.
 *
 * Attributes: server, language, mode (float | page), position (right | left), open, and
 * language-switch="off" for pages with a switch of their own.
 * Events: wst-language {language}; wst-case {number, code} when a case has been filed.
 */
import { Api } from "./api.js";
import { CallBacks } from "./call_back.js";
import { Composer } from "./composer.js";
import { askPlace, confirm } from "./dialogs.js";
import { el, icon } from "./dom.js";
import { isForTheStaff, Log } from "./log.js";
import { comeBack, Notify } from "./notify.js";
import { showLineCode } from "./on_line.js";
import { People } from "./people.js";
import { Session } from "./session.js";
import { Store } from "./store.js";
import { otherLanguage, words } from "./strings.js";
import { sheet } from "./styles.js";
import { Thumbs } from "./thumbs.js";

const FILE_MAX_BYTES = 10 * 1024 * 1024;
const KNOWN = new Set(["zh-TW", "en"]);

export class WstChat extends HTMLElement {
  #unread = 0;
  #districts = null;
  #files = new Map();

  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet()];
    const server = new URL(this.getAttribute("server") ?? "/", document.baseURI);
    this.api = new Api(server);
    this.store = new Store(server.href);
    comeBack(server, this.store);
    const asked = this.getAttribute("language");
    this.language = this.store.get("language") ?? (KNOWN.has(asked) ? asked : "zh-TW");
    this.session = new Session(this.api, this.store, this.language);
    this.people = new People(this.api, this.session, () => this.#showStatus());
    this.thumbs = new Thumbs(this.api, this.session);
    this.callBacks = new CallBacks(this.api, this.session, () => this.log);
    this.notify = new Notify(this.api, this.session);
    this.#build();
    this.#listen();
    if (this.floating) this.#show(this.store.get("open") ?? this.hasAttribute("open"), false);
    this.session.start();
  }

  get floating() {
    return this.getAttribute("mode") !== "page";
  }

  get isOpen() {
    return !this.floating || !this.panel.hidden;
  }

  /** Open the panel and put the cursor into it. */
  open() {
    this.#show(true, true);
  }

  close() {
    if (this.floating) this.#show(false, true);
  }

  /** Change the language; an open conversation is left only after asking. Whether it was changed. */
  async switchLanguage(language) {
    if (!KNOWN.has(language) || language === this.language) return false;
    const { say } = this;
    if (this.session.begun && !(await confirm(this.shadowRoot, say, say("confirm_language"), say("yes_language")))) {
      return false;
    }
    this.language = language;
    this.store.set({ language });
    this.session.restart(language);
    const { isOpen } = this;
    this.#build();
    this.panel.hidden = this.floating && !isOpen;
    this.#tell("wst-language", { language });
    this.shadowRoot.querySelector(".language")?.focus();
    return true;
  }

  #build() {
    const say = (this.say = words(this.language));
    const act = {
      send: (body, shown) => this.#send(body, shown),
      sendFile: (file) => this.#sendFile(file),
      loadFile: (id) => this.#loadFile(id),
      retry: (id) => this.session.retry(id),
      discard: (id) => this.#discard(id),
      sharePlace: () => this.#sharePlace(),
      typing: (on) => this.session.typing(on),
      drawn: (bubble, message, old) => {
        for (const part of [this.thumbs, this.callBacks]) part.decorate(bubble, message, old, say);
      },
    };
    this.log = new Log(say, this.language, act, this.shadowRoot);
    this.composer = new Composer(say, act);
    this.status = el("p", { class: "status", role: "status" });
    this.panel = el(
      "section",
      { class: "panel", lang: say("lang"), role: this.floating ? "dialog" : "region", "aria-label": say("title"), onkeydown: (event) => this.#key(event), ondragover: (event) => event.preventDefault(), ondrop: (event) => this.#drop(event) },
      this.#header(), this.status, this.notify.element, this.log.element, this.composer.element,
    );
    this.launcher = this.floating && el(
      "button",
      { type: "button", class: "launcher", lang: say("lang"), "aria-expanded": "false", onclick: () => this.open() },
      icon("chat"), el("span", { class: "launcher-name" }, say("launcher")), el("span", { class: "badge", hidden: true }),
    );
    this.shadowRoot.replaceChildren(...[this.launcher, this.panel].filter(Boolean));
    for (const message of this.session.messages) this.log.add(message, true);
    this.log.pending(this.session.outbox.visible);
    this.notify.speak(say);
    this.#showStatus();
  }

  #header() {
    const { say } = this;
    const button = (name, label, content, onclick) =>
      el("button", { type: "button", class: name, "aria-label": label, title: label, onclick }, content);
    return el(
      "header",
      {},
      el("h2", {}, this.floating ? [say("title"), " ", el("small", {}, say("subtitle"))] : say("subtitle")),
      this.getAttribute("language-switch") !== "off" && el(
        "button",
        { type: "button", class: "language", lang: words(otherLanguage(this.language))("lang"), title: say("other_language_label"), onclick: () => this.switchLanguage(otherLanguage(this.language)) },
        say("other_language"),
      ),
      this.onLine = button("on-line", say("on_line"), icon("phone"), () => this.#goOnInLine()),
      button("restart", say("restart"), icon("restart"), () => this.#restart()),
      this.floating && button("close", say("close"), icon("close"), () => this.close()),
    );
  }

  #listen() {
    const on = (name, act) => this.session.addEventListener(name, ({ detail }) => act(detail));
    on("message", ({ message, old }) => this.#arrived(message, old));
    on("pending", () => this.log.pending(this.session.outbox.visible));
    on("typing", ({ on: writing }) => this.log.typing(writing));
    on("owner", () => this.#owned());
    on("seen", ({ seq }) => this.log.seen(seq));
    on("link", () => this.#showStatus());
    on("cleared", () => {
      this.#files.clear();
      this.log.clear();
      this.thumbs.clear();
    });
    on("ended", ({ reason }) => {
      this.log.note(this.say(`ended_${reason}`));
      this.thumbs.clear();
    });
    const view = window.visualViewport;
    document.addEventListener("visibilitychange", () => this.#looked());
    view?.addEventListener("resize", () => this.style.setProperty("--wst-height", `${view.height}px`));
  }

  #looked() {
    if (this.isOpen && !document.hidden) this.session.looked();
  }

  #owned() {
    this.#showStatus();
    this.#looked();
    if (this.session.owner === "closed" && this.session.conversation) this.log.ask(this.people.rating(this.say));
  }

  #arrived(message, old) {
    this.log.add(message, old);
    this.#looked();
    if (message.kind === "case" && !old) {
      this.#tell("wst-case", { number: message.payload.number, code: message.payload.verification_code });
    }
    if (this.floating && !old && !this.isOpen && message.sender !== "citizen" && !isForTheStaff(message)) this.#count(this.#unread + 1);
  }

  #count(unread) {
    this.#unread = unread;
    const badge = this.launcher.querySelector(".badge");
    badge.hidden = unread === 0;
    badge.textContent = String(unread);
    const name = unread === 0 ? "launcher" : "launcher_unread";
    this.launcher.setAttribute("aria-label", this.say(name, { count: unread }));
  }

  #showStatus() {
    const { link } = this.session;
    const trouble = link === "offline" || link === "lost";
    const words = trouble ? this.say(`link_${link}`) : this.people.status(this.say);
    this.onLine.hidden = !this.people.line;
    this.status.hidden = words === null;
    this.status.textContent = words ?? "";
    this.status.classList.toggle("trouble", trouble);
  }

  #show(open, focus) {
    this.panel.hidden = !open;
    this.launcher.hidden = open;
    this.launcher.setAttribute("aria-expanded", String(open));
    this.store.set({ open });
    if (open) this.#count(0);
    this.#looked();
    if (focus) (open ? this.composer : this.launcher).focus();
  }

  #send(body, shown) {
    this.session.send(body, shown);
    const keyboardAtHand = matchMedia("(hover: hover)").matches;
    (keyboardAtHand || body.text !== undefined ? this.composer : this.log.scroller).focus();
  }

  #sendFile(file) {
    if (file.size > FILE_MAX_BYTES) this.log.note(this.say("file_too_large", { name: file.name }));
    else this.session.sendFile(file);
  }

  #drop(event) {
    event.preventDefault();
    for (const file of event.dataTransfer.files) this.#sendFile(file);
  }

  /** Each file is fetched once, also when the page is built anew. */
  #loadFile(id) {
    if (!this.#files.has(id)) {
      const loading = this.session.file(id);
      this.#files.set(id, loading);
      loading.catch(() => this.#files.delete(id));
    }
    return this.#files.get(id);
  }

  /** A message that could not be sent goes back to where it was written. */
  #discard(clientId) {
    const item = this.session.outbox.find(clientId);
    if (item?.body.text !== undefined && this.composer.value === "") this.composer.value = item.body.text;
    this.session.discard(clientId);
    this.composer.focus();
  }

  async #restart() {
    const { say } = this;
    if (this.session.begun && !(await confirm(this.shadowRoot, say, say("confirm_restart"), say("yes_restart")))) return;
    this.session.restart(this.language);
    this.composer.focus();
  }

  async #goOnInLine() {
    const { conversation } = this.session;
    if (!conversation) return this.log.note(this.say("on_line_first"));
    await showLineCode(this.shadowRoot, this.say, this.language, () => this.api.lineCode(conversation));
  }

  async #sharePlace() {
    const load = () => (this.#districts ??= this.api.districts().catch((problem) => {
      this.#districts = null;
      throw problem;
    }));
    const place = await askPlace(this.shadowRoot, this.say, this.language, load);
    if (place?.location) {
      const { lat, lng } = place.location;
      this.#send({ location: { lat, lng } }, `📍 ${lat.toFixed(5)}, ${lng.toFixed(5)}`);
    } else if (place?.text) {
      this.#send({ text: place.text }, place.text);
    }
  }

  #key(event) {
    if (!this.floating || event.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    } else if (event.key === "Tab" && matchMedia("(max-width: 600px)").matches) {
      this.#keepFocus(event);
    }
  }

  /** On a phone the panel covers the page, so Tab must not leave it. */
  #keepFocus(event) {
    const stops = [...this.panel.querySelectorAll("button:enabled, a[href], textarea, summary, [tabindex='0']")]
      .filter((stop) => stop.checkVisibility());
    const here = this.shadowRoot.activeElement;
    const leaving = event.shiftKey ? stops[0] : stops.at(-1);
    if (here !== leaving) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
