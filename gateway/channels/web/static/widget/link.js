/** The way to the server: a socket while there is one, REST while there is not, pauses in between. */
import { Refusal } from "./api.js";
import { Line } from "./line.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const POLL_MS = 4_000;
const TRY_AGAIN = new Set([502, 503, 504]);
const GONE = new Set([401, 404]);
const NOT_SENT = {
  code: "unavailable",
  zh: "檔案未能送出，請確認網路後重新傳送。",
  en: "The file could not be sent. Please check the connection and send it again.",
};

export class Link {
  #api;
  #outbox;
  #session;
  #line = null;
  #opening = false;
  #attempt = 0;
  #timer = null;
  #uploads = Promise.resolve();
  conversation = null;
  /** idle, connecting (for the first time), online, lost (and reconnecting), or offline. */
  state = "idle";

  /** `session` is told what comes: opened, received (false: a gap), owned, typed, staffSaw, acknowledged, refused, linked, gone. */
  constructor(api, outbox, session) {
    this.#api = api;
    this.#outbox = outbox;
    this.#session = session;
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.#line?.cut());
    document.addEventListener("visibilitychange", () => {
      if (this.#line?.isOpen) this.#line.sign();
      if (!document.hidden) this.#hurry();
    });
  }

  /** Bring the outbox to the server and hear what is new; opens a conversation if there is none. */
  deliver() {
    if (this.#line?.isOpen) this.#flush();
    else if (this.conversation) this.#hurry();
    else this.#open();
  }

  drop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#line?.hangUp();
    this.#line = null;
    this.conversation = null;
    this.#attempt = 0;
    this.#become("idle");
  }

  file(id) {
    return this.#api.file(this.conversation, id);
  }

  typing(on) {
    if (this.#line?.isOpen) this.#line.send({ type: "typing", on });
  }

  /** `what` is received or seen: the last number that is on this device, or before the citizen's eyes. */
  reached(what, seq) {
    if (this.#line?.isOpen) this.#line.send({ type: what, seq });
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#session.linked();
  }

  async #open() {
    if (this.#opening) return;
    this.#opening = true;
    try {
      if (this.state === "idle") this.#become("connecting");
      this.conversation = await this.#api.openConversation(this.#session.language, this.#session.visitor);
      this.#attempt = 0;
      this.#session.opened(this.conversation);
      this.#connect();
    } catch (problem) {
      this.#troubled(problem);
    } finally {
      this.#opening = false;
    }
  }

  #connect() {
    if (this.#line || !this.conversation) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.state === "idle") this.#become("connecting");
    this.#line = new Line(this.#api.socket(this.conversation, this.#session.last), {
      onOpen: () => this.#flush(),
      onServed: () => {
        this.#attempt = 0;
        this.#become("online");
      },
      onFrame: (frame) => this.#take(frame),
      onEnd: (served) => this.#cut(served),
    });
  }

  /** The line is gone. If it never served, ask over REST what is the matter, and go on there meanwhile. */
  async #cut(served) {
    this.#line = null;
    this.#session.typed(false);
    if (served || !navigator.onLine) {
      this.#become(navigator.onLine ? "lost" : "offline");
      this.#again();
      return;
    }
    const { conversation } = this;
    try {
      await this.#catchUp();
      for (const item of this.#outbox.waiting) await this.#post(item);
      if (conversation !== this.conversation) return;
      this.#become("online");
      this.#again(POLL_MS);
    } catch (problem) {
      if (conversation === this.conversation) this.#troubled(problem);
    }
  }

  #troubled(problem) {
    const refused = problem instanceof Refusal && !TRY_AGAIN.has(problem.status);
    if (refused && this.conversation && GONE.has(problem.status)) {
      this.#session.gone("expired");
    } else if (refused) {
      this.#become("idle");
      for (const item of this.#outbox.waiting) this.#session.refused(item.client_id, problem);
      if (this.conversation) this.#again();
    } else {
      this.#become(navigator.onLine ? "lost" : "offline");
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
    else if (this.state !== "online") this.#connect();
  }

  #now() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.conversation) this.#connect();
    else if (this.#outbox.waiting.length > 0) this.#open();
  }

  #flush() {
    for (const item of this.#outbox.unsentOver(this.#line)) {
      item.line = this.#line;
      if (item.body.file) this.#uploads = this.#uploads.then(() => this.#upload(item));
      else this.#line.send({ type: "send", client_id: item.client_id, ...item.body });
    }
  }

  /** A file goes by REST while everything else goes over the line. */
  async #upload(item) {
    if (this.#outbox.find(item.client_id) !== item || item.error) return;
    const { conversation } = this;
    try {
      await this.#post(item);
    } catch (problem) {
      if (conversation === this.conversation) this.#session.refused(item.client_id, problem instanceof Refusal ? problem : NOT_SENT);
    }
  }

  async #post(item) {
    const { conversation } = this;
    this.#session.typed(!item.file);
    try {
      const { message, replies } = item.file
        ? await this.#api.sendFile(conversation, item.client_id, item.file)
        : await this.#api.send(conversation, { client_id: item.client_id, ...item.body });
      if (conversation !== this.conversation) return;
      this.#session.acknowledged(item.client_id);
      if (!this.#session.received([message, ...replies])) await this.#catchUp();
    } catch (problem) {
      const about = problem instanceof Refusal && !TRY_AGAIN.has(problem.status) && !GONE.has(problem.status);
      if (!about) throw problem;
      if (conversation === this.conversation) this.#session.refused(item.client_id, problem);
    } finally {
      this.#session.typed(false);
    }
  }

  async #catchUp() {
    const { conversation } = this;
    const { owner, messages } = await this.#api.messages(conversation, this.#session.last);
    if (conversation !== this.conversation) return;
    this.#session.received(messages);
    this.#session.owned(owner);
  }

  #take(frame) {
    if (frame.type === "message" && !this.#session.received([frame.message])) this.#line.cut();
    else if (frame.type === "owner") this.#session.owned(frame.owner);
    else if (frame.type === "typing" && frame.sender !== "citizen") this.#session.typed(frame.on);
    else if (frame.type === "seen") this.#session.staffSaw(frame.seq);
    else if (frame.type === "sent") this.#session.acknowledged(frame.client_id);
    else if (frame.type === "error" && frame.client_id) {
      const { code, message, message_en: en } = frame.error;
      this.#session.refused(frame.client_id, { code, zh: message, en });
    }
  }
}
