/** A citizen's conversation: opened with its first message, carried over cuts and reloads.
 *
 * Events: message {message, old}, pending, owner, typing {on}, link, cleared, ended {reason}.
 */
import { Refusal } from "./api.js";
import { Line } from "./line.js";
import { Outbox } from "./outbox.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 4_000;
const TRY_AGAIN = new Set([502, 503, 504]);
const GONE = new Set([401, 404]);
const ENDINGS = { conversation_closed: "closed", unauthorized: "expired", not_found: "expired" };
const STALE_OPTION = {
  code: "unknown_option",
  zh: "這個選項已經無法使用，請重新選擇或直接輸入文字。",
  en: "This option is not available any more. Please choose again or type your message.",
};

export class Session extends EventTarget {
  #api;
  #store;
  #conversation = null;
  #line = null;
  #opening = false;
  #attempt = 0;
  #timer = null;
  #seen = 0;
  messages = [];
  last = 0;
  owner = "bot";
  /** idle, connecting (for the first time), online, lost (and reconnecting), or offline. */
  link = "idle";

  constructor(api, store, language) {
    super();
    this.#api = api;
    this.#store = store;
    this.language = language;
    this.outbox = new Outbox(store);
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.#line?.cut());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#hurry();
    });
  }

  get begun() {
    return this.#conversation !== null || this.outbox.items.length > 0;
  }

  /** Take up what this tab remembers. */
  start() {
    const kept = this.#store.get("conversation");
    this.#seen = this.#store.get("last") ?? 0;
    if (kept && Date.parse(kept.expires_at) > Date.now()) {
      this.#conversation = kept;
    } else if (kept) {
      this.#end("expired");
      return;
    }
    if (this.begun) this.#deliver();
  }

  /** `body` is {text}, {option} or {location}; `shown` is what the citizen sees until the server has it. */
  send(body, shown) {
    if (this.owner === "closed") this.#end("closed");
    this.outbox.add(body, shown, Math.max(this.last, this.#seen));
    this.#emit("pending");
    this.#deliver();
  }

  retry(clientId) {
    const item = this.outbox.find(clientId);
    if (!item) return;
    this.outbox.retry(item);
    this.#emit("pending");
    this.#deliver();
  }

  discard(clientId) {
    this.outbox.remove(clientId);
    this.#emit("pending");
  }

  /** Tell a waiting or serving person that the citizen is writing. */
  typing(on) {
    const person = this.owner === "queue" || this.owner === "operator";
    if (person && this.#line?.isOpen) this.#line.send({ type: "typing", on });
  }

  /** Leave this conversation; the next message opens another in `language`. */
  restart(language) {
    this.language = language;
    this.#drop();
    this.outbox.clear();
    this.messages = [];
    this.#emit("pending");
    this.#emit("cleared");
  }

  #emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #setLink(link) {
    if (this.link === link) return;
    this.link = link;
    this.#emit("link");
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#line?.hangUp();
    this.#line = null;
    this.#conversation = null;
    this.last = this.#seen = this.#attempt = 0;
    this.#store.set({ conversation: null, last: 0 });
    this.#setOwner("bot");
    this.#setLink("idle");
    this.#emit("typing", { on: false });
  }

  /** The server no longer knows this conversation: go on in a new one. */
  #end(reason) {
    const neverWorked = this.#conversation?.fresh;
    this.#drop();
    this.outbox.moveOn(STALE_OPTION);
    if (neverWorked) for (const item of this.outbox.items) this.outbox.fail(item, STALE_OPTION);
    this.#emit("ended", { reason });
    this.#emit("pending");
    if (this.outbox.waiting.length > 0) this.#deliver();
  }

  #setOwner(owner) {
    if (this.owner === owner) return;
    this.owner = owner;
    this.#emit("owner");
  }

  async #deliver() {
    if (this.#line?.isOpen) {
      this.#flush();
    } else if (this.#conversation) {
      this.#hurry();
    } else {
      await this.#open();
    }
  }

  async #open() {
    if (this.#opening) return;
    this.#opening = true;
    try {
      if (this.link === "idle") this.#setLink("connecting");
      const opened = await this.#api.openConversation(this.language);
      this.#conversation = { ...opened, fresh: true };
      this.#store.set({ conversation: opened, last: 0 });
      this.#attempt = 0;
      this.#connect();
    } catch (problem) {
      this.#troubled(problem);
    } finally {
      this.#opening = false;
    }
  }

  #connect() {
    if (this.#line || !this.#conversation) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.link === "idle") this.#setLink("connecting");
    const line = new Line(this.#api.socket(this.#conversation, this.last), {
      onOpen: () => this.#flush(),
      onServed: () => {
        this.#attempt = 0;
        this.#setLink("online");
      },
      onFrame: (frame) => this.#take(frame),
      onEnd: (served) => this.#cut(served),
    });
    this.#line = line;
  }

  /** The line is gone. If it never served, ask over REST what is the matter, and go on there meanwhile. */
  async #cut(served) {
    this.#line = null;
    this.#emit("typing", { on: false });
    if (served || !navigator.onLine) {
      this.#setLink(navigator.onLine ? "lost" : "offline");
      this.#again();
      return;
    }
    const conversation = this.#conversation;
    try {
      await this.#catchUp();
      for (const item of this.outbox.waiting) await this.#post(item);
      this.#setLink("online");
      this.#again(POLL_MS);
    } catch (problem) {
      if (conversation === this.#conversation) this.#troubled(problem);
    }
  }

  #troubled(problem) {
    const refused = problem instanceof Refusal && !TRY_AGAIN.has(problem.status);
    if (refused && this.#conversation && GONE.has(problem.status)) {
      this.#end("expired");
    } else if (refused) {
      for (const item of this.outbox.waiting) this.outbox.fail(item, problem);
      this.#setLink("idle");
      this.#emit("pending");
      if (this.#conversation) this.#again();
    } else {
      this.#setLink(navigator.onLine ? "lost" : "offline");
      this.#again();
    }
  }

  #again(longest = LONGEST_WAIT_MS) {
    if (this.#timer !== null) return;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.#attempt, longest) * (0.75 + Math.random() / 2);
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#now(), wait);
  }

  /** Somebody is waiting, or the network is back: do not sit out the pause. */
  #hurry() {
    if (this.#timer !== null) this.#now();
    else if (this.#conversation && !this.#line && this.link !== "online") this.#connect();
  }

  #now() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#conversation) this.#connect();
    else if (this.outbox.waiting.length > 0) this.#open();
  }

  #flush() {
    for (const item of this.outbox.unsentOver(this.#line)) {
      item.line = this.#line;
      this.#line.send({ type: "send", client_id: item.client_id, ...item.body });
    }
  }

  async #post(item) {
    const conversation = this.#conversation;
    this.#emit("typing", { on: true });
    try {
      const { message, replies } = await this.#api.send(conversation, { client_id: item.client_id, ...item.body });
      if (conversation !== this.#conversation) return;
      this.#acknowledged(item.client_id);
      if (!this.#receive([message, ...replies])) await this.#catchUp();
    } catch (problem) {
      const fatal = !(problem instanceof Refusal) || TRY_AGAIN.has(problem.status) || GONE.has(problem.status);
      if (fatal) throw problem;
      if (conversation === this.#conversation) this.#refused(item.client_id, problem);
    } finally {
      this.#emit("typing", { on: false });
    }
  }

  async #catchUp() {
    const conversation = this.#conversation;
    const { owner, messages } = await this.#api.messages(conversation, this.last);
    if (conversation !== this.#conversation) return;
    this.#receive(messages);
    this.#setOwner(owner);
  }

  #take(frame) {
    if (frame.type === "message" && !this.#receive([frame.message])) this.#line.cut();
    else if (frame.type === "owner") this.#setOwner(frame.owner);
    else if (frame.type === "typing" && frame.sender !== "citizen") this.#emit("typing", { on: frame.on });
    else if (frame.type === "sent") this.#acknowledged(frame.client_id);
    else if (frame.type === "error" && frame.client_id) {
      const { code, message, message_en: en } = frame.error;
      this.#refused(frame.client_id, { code, zh: message, en });
    }
  }

  /** Take messages in order, each once. False when one is missing in between. */
  #receive(messages) {
    for (const message of [...messages].sort((one, other) => one.seq - other.seq)) {
      if (message.seq <= this.last) continue;
      if (message.seq > this.last + 1) return false;
      this.last = message.seq;
      this.#conversation.fresh = false;
      this.messages.push(message);
      if (message.sender === "citizen") {
        this.outbox.echoed(message);
        this.#emit("pending");
      }
      this.#emit("message", { message, old: message.seq <= this.#seen });
    }
    this.#store.set({ last: Math.max(this.last, this.#seen) });
    return true;
  }

  #acknowledged(clientId) {
    this.outbox.remove(clientId);
    this.#emit("pending");
  }

  #refused(clientId, error) {
    const item = this.outbox.find(clientId);
    if (!item) return;
    if (error.code in ENDINGS) {
      this.#end(ENDINGS[error.code]);
      return;
    }
    this.outbox.fail(item, error);
    this.#emit("typing", { on: false });
    this.#emit("pending");
  }
}
