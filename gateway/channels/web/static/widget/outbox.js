/** Messages on their way: kept in the tab until the server has them, under an id that never changes. */
const FILE_LOST = {
  code: "file_lost",
  zh: "檔案還沒送出頁面就重新載入了，請重新選擇檔案。",
  en: "The page was loaded again before the file was sent. Please choose it again.",
};

export class Outbox {
  #store;

  constructor(store) {
    this.#store = store;
    this.items = (store.get("outbox") ?? []).map((item) => ({ ...item, line: null, file: null }));
    // A file lives no longer than its page.
    for (const item of this.items) if (item.body.file) item.error ??= FILE_LOST;
  }

  /** `after` is the last number seen: the server's copy of this message will have a higher one. */
  add(body, shown, after, file = null) {
    this.items.push({ client_id: newId(), body, shown, after, file, error: null, echo: null, line: null });
    this.#save();
  }

  /** What the server has not acknowledged and not refused. */
  get waiting() {
    return this.items.filter((item) => !item.error);
  }

  /** What has not gone out over `line` yet. */
  unsentOver(line) {
    return this.waiting.filter((item) => item.line !== line);
  }

  /** What the citizen has to see below the server's messages. */
  get visible() {
    return this.items.filter((item) => item.echo === null);
  }

  find(clientId) {
    return this.items.find((item) => item.client_id === clientId);
  }

  remove(clientId) {
    this.items = this.items.filter((item) => item.client_id !== clientId);
    this.#save();
  }

  fail(item, error) {
    item.error = { code: error.code, zh: error.zh, en: error.en };
    this.#save();
  }

  retry(item) {
    item.error = null;
    item.line = null;
    this.#save();
  }

  /** The server shows its copy of one of ours: stop showing ours. It stays until it is acknowledged. */
  echoed(message) {
    const item = this.items.find((one) => one.echo === null && one.error === null && isCopy(one, message));
    if (item) item.echo = message.seq;
  }

  /** Into a new conversation: words and places go along, buttons of the old one cannot. */
  moveOn(staleOption) {
    this.items = this.items.filter((item) => item.echo === null);
    for (const item of this.items) {
      item.after = 0;
      item.line = null;
      if (item.body.option !== undefined) item.error = staleOption;
    }
    this.#save();
  }

  clear() {
    this.items = [];
    this.#save();
  }

  #save() {
    const kept = this.items.map(({ client_id, body, shown, after, error, echo }) => ({
      client_id, body, shown, after, error, echo,
    }));
    this.#store.set({ outbox: kept });
  }
}

function isCopy(item, message) {
  if (message.seq <= item.after) return false;
  const { text, option, location, file } = item.body;
  // Files go out one after the other, and the server names them in its own way.
  if (file || message.kind === "file") return Boolean(file) && message.kind === "file";
  if (option !== undefined) return message.payload.option === option;
  if (location !== undefined) return message.payload.location?.lat === location.lat;
  return message.payload.option === undefined && message.text === text;
}

/** A random UUID; `crypto.randomUUID` is missing on pages without https. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
