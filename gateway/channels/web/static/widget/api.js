/** The platform's REST interface. Network failures reject as they are; refusals reject as Refusal. */

const TIMEOUT_MS = 20_000;
const FILE_TIMEOUT_MS = 300_000;

/** What the server said no to: a stable code, and words in both languages. */
export class Refusal extends Error {
  constructor(status, error) {
    super(error.code);
    this.status = status;
    this.code = error.code;
    this.zh = error.message;
    this.en = error.message_en;
    this.fields = error.fields;
  }

  words(language) {
    return (language === "en" ? this.en : this.zh) ?? this.en ?? this.zh;
  }
}

function callBackOf(conversation) {
  return `api/v1/conversations/${encodeURIComponent(conversation.id)}/call-back`;
}

function pushOf(conversation) {
  return `api/v1/conversations/${encodeURIComponent(conversation.id)}/push`;
}

export class Api {
  constructor(server) {
    this.server = server;
  }

  /** `visitor` is what an earlier conversation of this tab was given, or null. */
  openConversation(language, visitor) {
    return this.#call("api/v1/conversations", { body: { language, visitor } });
  }

  send(conversation, message) {
    return this.#call(this.#messages(conversation), { token: conversation.token, body: message });
  }

  sendFile(conversation, clientId, file) {
    const form = new FormData();
    form.append("client_id", clientId);
    form.append("file", file, file.name);
    return this.#call(this.#files(conversation), { token: conversation.token, form });
  }

  /** The content of a file of the conversation. */
  async file(conversation, id) {
    const response = await this.#fetch(`${this.#files(conversation)}/${encodeURIComponent(id)}`, { token: conversation.token, patience: FILE_TIMEOUT_MS });
    return response.blob();
  }

  messages(conversation, after) {
    return this.#call(`${this.#messages(conversation)}?after=${after}`, { token: conversation.token });
  }

  /** Whether the telephone lines are full, and whether people are there. */
  service() {
    return this.#call("api/v1/service", {});
  }

  place(conversation) {
    return this.#call(`api/v1/conversations/${encodeURIComponent(conversation.id)}/place`, { token: conversation.token });
  }

  rate(conversation, rating) {
    return this.#call(`api/v1/conversations/${encodeURIComponent(conversation.id)}/rating`, { token: conversation.token, body: rating });
  }

  /** `why` is given for a thumbs-down: { reason, comment }, either of them. */
  vote(conversation, seq, vote, why = {}) {
    return this.#call(`${this.#messages(conversation)}/${seq}/vote`, { token: conversation.token, body: { vote, ...why } });
  }

  votes(conversation) {
    return this.#call(`api/v1/conversations/${encodeURIComponent(conversation.id)}/votes`, { token: conversation.token });
  }

  /** When one can be called, and the call-back that is open. */
  callBack(conversation) {
    return this.#call(callBackOf(conversation), { token: conversation.token });
  }

  /** What is wrong with a field is told in `language`. */
  askCallBack(conversation, wish, language) {
    return this.#call(callBackOf(conversation), { token: conversation.token, body: wish, headers: { "Accept-Language": language } });
  }

  cancelCallBack(conversation) {
    return this.#call(`${callBackOf(conversation)}/cancel`, { token: conversation.token, body: {} });
  }

  /** Words with which the conversation goes on in LINE. */
  lineCode(conversation) {
    return this.#call(`api/v1/conversations/${encodeURIComponent(conversation.id)}/line-code`, { token: conversation.token, body: {} });
  }

  /** `browser` is {endpoint, keys} of the browser's push service. */
  wantPush(conversation, browser) {
    return this.#call(pushOf(conversation), { token: conversation.token, body: browser });
  }

  wantNoPush(conversation) {
    return this.#call(pushOf(conversation), { token: conversation.token, method: "DELETE" });
  }

  districts() {
    return this.#call("api/v1/places/districts", {});
  }

  caseOf(number, code, language) {
    const path = `api/v1/cases/${encodeURIComponent(number)}?language=${language}`;
    return this.#call(path, { headers: { "X-Verification-Code": code } });
  }

  socket(conversation, after) {
    const url = new URL(`api/v1/conversations/${encodeURIComponent(conversation.id)}/ws`, this.server);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("token", conversation.token);
    url.searchParams.set("after", String(after));
    return new WebSocket(url);
  }

  #messages(conversation) {
    return `api/v1/conversations/${encodeURIComponent(conversation.id)}/messages`;
  }

  #files(conversation) {
    return `api/v1/conversations/${encodeURIComponent(conversation.id)}/attachments`;
  }

  async #call(path, { token, body, form, headers, method }) {
    const response = await this.#fetch(path, { token, body, form, headers, method, patience: form ? FILE_TIMEOUT_MS : TIMEOUT_MS });
    return response.status === 204 ? null : response.json();
  }

  async #fetch(path, { token, body, form, headers = {}, method, patience }) {
    const all = { "Accept-Language": "zh-TW", ...headers };
    if (token) all.Authorization = `Bearer ${token}`;
    if (body) all["Content-Type"] = "application/json";
    const response = await fetch(new URL(path, this.server), {
      method: method ?? (body || form ? "POST" : "GET"),
      headers: all,
      body: form ?? (body && JSON.stringify(body)),
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(patience),
    });
    if (response.ok) return response;
    throw new Refusal(response.status, (await response.json()).error ?? {});
  }
}
