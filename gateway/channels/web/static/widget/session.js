/** A citizen's conversation: opened with its first message, carried over cuts and reloads.
 *
 * Events: message {message, old}, pending, owner, typing {on}, seen {seq}, link, cleared, ended {reason}.
 */
import { Link } from "./link.js";
import { Outbox } from "./outbox.js";

const ENDINGS = { conversation_closed: "closed", unauthorized: "expired", not_found: "expired" };
const STALE_OPTION = {
  code: "unknown_option",
  zh: "這個選項已經無法使用，請重新選擇或直接輸入文字。",
  en: "This option is not available any more. Please choose again or type your message.",
};
const NO_START = {
  code: "unauthorized",
  zh: "目前無法開啟對話，請稍後再試。",
  en: "No conversation could be opened. Please try again later.",
};

export class Session extends EventTarget {
  #store;
  #link;
  #seen = 0;
  #looked = 0;
  /** A conversation that has not carried a message yet: if it ends, another would end as well. */
  #fresh = false;
  messages = [];
  last = 0;
  owner = "bot";

  constructor(api, store, language) {
    super();
    this.#store = store;
    this.language = language;
    this.outbox = new Outbox(store);
    this.#link = new Link(api, this.outbox, this);
  }

  get begun() {
    return this.#link.conversation !== null || this.outbox.items.length > 0;
  }

  get conversation() {
    return this.#link.conversation;
  }

  get visitor() {
    return this.#store.get("visitor");
  }

  get link() {
    return this.#link.state;
  }

  /** Take up what this tab remembers. */
  start() {
    const kept = this.#store.get("conversation");
    this.#seen = this.#store.get("last") ?? 0;
    if (kept && Date.parse(kept.expires_at) <= Date.now()) {
      this.gone("expired");
      return;
    }
    this.#link.conversation = kept;
    if (this.begun) this.#link.deliver();
  }

  /** `body` is {text}, {option} or {location}; `shown` is what the citizen sees until the server has it. */
  send(body, shown) {
    if (this.owner === "closed") this.gone("closed");
    this.outbox.add(body, shown, Math.max(this.last, this.#seen));
    this.#emit("pending");
    this.#link.deliver();
  }

  /** Send a photo or document of this device. */
  sendFile(file) {
    if (this.owner === "closed") this.gone("closed");
    this.outbox.add({ file: true }, `📎 ${file.name}`, Math.max(this.last, this.#seen), file);
    this.#emit("pending");
    this.#link.deliver();
  }

  /** The content of a file that a message tells of. */
  async file(id) {
    return this.#link.file(id);
  }

  retry(clientId) {
    const item = this.outbox.find(clientId);
    if (!item) return;
    this.outbox.retry(item);
    this.#emit("pending");
    this.#link.deliver();
  }

  discard(clientId) {
    this.outbox.remove(clientId);
    this.#emit("pending");
  }

  /** Tell a waiting or serving person that the citizen is writing. */
  typing(on) {
    if (this.owner === "queue" || this.owner === "operator") this.#link.typing(on);
  }

  /** The citizen has everything before their eyes that has come so far. */
  looked() {
    if (this.owner === "operator" && this.last > this.#looked) this.#link.reached("seen", (this.#looked = this.last));
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

  // What the link tells

  opened(conversation) {
    this.#fresh = true;
    this.#store.set({ conversation, last: 0, visitor: conversation.visitor });
  }

  /** Take messages in order, each once. False when one is missing in between. */
  received(messages) {
    for (const message of [...messages].sort((one, other) => one.seq - other.seq)) {
      if (message.seq <= this.last) continue;
      if (message.seq > this.last + 1) return false;
      this.last = message.seq;
      this.#fresh = false;
      this.messages.push(message);
      if (message.sender === "citizen") {
        this.outbox.echoed(message);
        this.#emit("pending");
      }
      this.#emit("message", { message, old: message.seq <= this.#seen });
    }
    if (this.owner === "operator" && messages.some(({ sender }) => sender === "operator")) this.#link.reached("received", this.last);
    this.#store.set({ last: Math.max(this.last, this.#seen) });
    return true;
  }

  owned(owner) {
    if (this.owner === owner) return;
    this.owner = owner;
    this.#emit("owner");
  }

  /** The last number that whoever is in charge has seen. */
  staffSaw(seq) {
    this.#emit("seen", { seq });
  }

  typed(on) {
    this.#emit("typing", { on });
  }

  linked() {
    this.#emit("link");
  }

  acknowledged(clientId) {
    this.outbox.remove(clientId);
    this.#emit("pending");
  }

  refused(clientId, error) {
    const item = this.outbox.find(clientId);
    if (!item) return;
    if (this.#link.conversation && error.code in ENDINGS) {
      this.gone(ENDINGS[error.code]);
      return;
    }
    this.outbox.fail(item, error);
    this.#emit("typing", { on: false });
    this.#emit("pending");
  }

  /** The server no longer knows this conversation: go on in a new one. */
  gone(reason) {
    const hopeless = this.#fresh;
    this.#drop();
    this.outbox.moveOn(STALE_OPTION);
    if (hopeless) for (const item of this.outbox.items) this.outbox.fail(item, NO_START);
    this.#emit("ended", { reason });
    this.#emit("pending");
    if (this.outbox.waiting.length > 0) this.#link.deliver();
  }

  #emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #drop() {
    this.#link.drop();
    this.last = this.#seen = this.#looked = 0;
    this.#store.set({ conversation: null, last: 0 });
    this.owned("bot");
    this.#emit("typing", { on: false });
  }
}
