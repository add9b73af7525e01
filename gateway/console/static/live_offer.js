// Being asked to take somebody: who waits, since when, and how long one has to answer.

const SECOND_MS = 1_000;
const at = (id) => document.getElementById(id);

export class Offered {
  #me;
  #act;
  #one = null;
  #seconds;
  #timer = null;

  /** `act` has take(id), decline(id), say(key, values) and tell(text). */
  constructor(me, act) {
    this.#me = me;
    this.#act = act;
    this.#seconds = Number(at("offer").dataset.seconds);
    at("offer-take").addEventListener("click", () => this.#act.take(this.#one.id));
    at("offer-decline").addEventListener("click", () => this.#act.decline(this.#one.id));
  }

  /** Of the queue, show the first that is offered to whoever sits here. */
  show(queue) {
    const found = queue.find((one) => one.offered_to === this.#me) ?? null;
    const news = found && found.id !== this.#one?.id;
    this.#one = found;
    at("offer").hidden = !found;
    clearInterval(this.#timer);
    if (!found) return;
    this.#count();
    this.#timer = setInterval(() => this.#count(), SECOND_MS);
    if (!news) return;
    at("offer-words").textContent = found.last_text || "…";
    at("offer-title").textContent = this.#act.say(found.priority === "emergency" ? "offer_emergency" : "offer");
    this.#act.tell(this.#act.say("offer"));
  }

  #count() {
    const left = Math.max(0, Math.ceil(this.#seconds - (Date.now() - Date.parse(this.#one.offered_at)) / SECOND_MS));
    at("offer-left").textContent = this.#act.say("offer_left", { seconds: left });
  }
}
