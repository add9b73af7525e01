/** «Tell me when there is an answer»: this browser is told through its maker's push service, without words.
 *
 * Shown only where the platform has it, the browser can do it, and there is something to wait for.
 */
import { el } from "./dom.js";

const WAITING = new Set(["queue", "operator"]);
const BACK = "#wst-back";

export class Notify {
  #api;
  #session;
  #key;
  #on = null;
  #problem = null;
  #shown = null;
  element = el("p", { class: "notify", hidden: true });

  constructor(api, session) {
    this.#api = api;
    this.#session = session;
    for (const name of ["owner", "message"]) session.addEventListener(name, () => this.#look());
    for (const name of ["cleared", "ended"]) session.addEventListener(name, () => this.#stop());
  }

  /** The control in another language. */
  speak(say) {
    this.say = say;
    this.#show();
  }

  get #isPossible() {
    return window.isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window
      && this.#api.server.origin === location.origin;
  }

  get #isOfUse() {
    const { conversation, owner, messages } = this.#session;
    return conversation !== null && (WAITING.has(owner) || (owner !== "closed" && messages.some(({ kind }) => kind === "case")));
  }

  async #look() {
    if (this.#session.owner === "closed") this.#forget();
    if (this.#isOfUse && this.#isPossible && this.#key === undefined) {
      this.#key = null;
      this.#key = await this.#api.service().then(({ push_key: key }) => key, () => undefined);
    }
    this.#show();
  }

  #show() {
    const { say } = this;
    const { conversation } = this.#session;
    if (this.#on === null && conversation && remembered(this.#api.server)?.id === conversation.id) this.#on = conversation;
    this.element.hidden = !this.#key || !this.#isOfUse || !this.#isPossible;
    if (this.element.hidden || !say) return;
    const on = this.#on !== null;
    const now = [say("lang"), on, this.#problem].join();
    if (this.#shown === now) return; // a button that is made anew loses the focus
    this.#shown = now;
    const button = el("button", { type: "button", "aria-pressed": String(on), onclick: () => (on ? this.#stop() : this.#start()) }, say(on ? "notify_off" : "notify_on"));
    this.element.replaceChildren(button, ...(this.#problem ? [" ", el("span", { role: "alert" }, say(this.#problem))] : []));
  }

  async #start() {
    const { conversation } = this.#session;
    this.#problem = null;
    try {
      if ((await Notification.requestPermission()) !== "granted") throw new DOMException("denied", "NotAllowedError");
      const subscription = await this.#subscription();
      const { endpoint, keys } = subscription.toJSON();
      await this.#api.wantPush(conversation, { endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } });
      this.#on = conversation;
      remember(this.#api.server, conversation);
    } catch (problem) {
      this.#problem = problem.name === "NotAllowedError" ? "notify_denied" : "notify_failed";
    }
    this.#show();
    this.element.querySelector("button")?.focus();
  }

  async #subscription() {
    await navigator.serviceWorker.register(new URL("push-worker.js", this.#api.server));
    const { pushManager } = await navigator.serviceWorker.ready;
    const wanted = { userVisibleOnly: true, applicationServerKey: this.#key };
    try {
      return await pushManager.subscribe(wanted);
    } catch (problem) {
      if (problem.name !== "InvalidStateError") throw problem;
      await (await pushManager.getSubscription())?.unsubscribe(); // it was made for another key
      return pushManager.subscribe(wanted);
    }
  }

  #stop() {
    const conversation = this.#on;
    this.#forget();
    this.#show();
    // Where it does not arrive, the platform forgets the browser with the conversation.
    if (conversation) this.#api.wantNoPush(conversation).catch(() => {});
  }

  #forget() {
    if (this.#on) remember(this.#api.server, null);
    this.#on = this.#problem = null;
  }
}

/** Back from a notification in a new page: the conversation that the citizen asked to be told of. */
export function comeBack(server, store) {
  if (location.hash !== BACK) return;
  history.replaceState(null, "", location.pathname + location.search);
  if (store.get("conversation")) return;
  const conversation = remembered(server);
  if (conversation && Date.parse(conversation.expires_at) > Date.now()) store.set({ conversation, last: 0 });
}

function remembered(server) {
  try {
    return JSON.parse(localStorage.getItem(named(server)));
  } catch {
    return null; // storage is blocked, or what is there is not ours
  }
}

function remember(server, conversation) {
  try {
    if (conversation) localStorage.setItem(named(server), JSON.stringify(conversation));
    else localStorage.removeItem(named(server));
  } catch {
    return; // storage is blocked: the way back is the page that is still open
  }
}

function named(server) {
  return `wst-back:${server.href}`;
}
