// The way to the desk's interface: requests with the form token, and a socket that comes back by itself.

const API = "/api/v1/operator";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

export class Refused extends Error {}

export class Link {
  #csrf;
  #on;
  #socket = null;
  #attempt = 0;

  /** `on` hears `frame`s, and `link(open)` when the line comes and goes. */
  constructor(csrf, on) {
    this.#csrf = csrf;
    this.#on = on;
    this.#open();
  }

  async get(path) {
    return this.#ask(path, {});
  }

  async post(path, body = {}) {
    return this.#ask(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", "x-csrf-token": this.#csrf } });
  }

  async upload(path, form) {
    return this.#ask(path, { method: "POST", body: form, headers: { "x-csrf-token": this.#csrf } });
  }

  send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  async #ask(path, options) {
    const answer = await fetch(API + path, options);
    const facts = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      if (answer.status === 401) location.assign(`/console/login?next=${encodeURIComponent(location.pathname)}`);
      const english = document.documentElement.lang === "en";
      throw new Refused(english ? facts.error?.message_en : facts.error?.message);
    }
    return facts;
  }

  #open() {
    const address = new URL(`${API}/ws`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.#socket = new WebSocket(address);
    this.#socket.onopen = () => {
      this.#attempt = 0;
      this.#on.link(true);
    };
    this.#socket.onmessage = (event) => this.#on.frame(JSON.parse(event.data));
    this.#socket.onclose = () => {
      this.#on.link(false);
      const wait = Math.min(FIRST_WAIT_MS * 2 ** this.#attempt, LONGEST_WAIT_MS) * (0.75 + Math.random() / 2);
      this.#attempt += 1;
      setTimeout(() => this.#open(), wait);
    };
  }
}
