/** What this browser tab remembers; where storage is blocked, for as long as the page lives. */
export class Store {
  #key;
  #kept = {};

  constructor(server) {
    this.#key = `wst:${server}`;
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key));
      if (kept && typeof kept === "object") this.#kept = kept;
    } catch {
      this.#kept = {};
    }
  }

  get(name) {
    return this.#kept[name] ?? null;
  }

  set(changes) {
    this.#kept = { ...this.#kept, ...changes };
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(this.#kept));
    } catch {
      return; // private mode or a full store: the page's own memory has it
    }
  }
}
