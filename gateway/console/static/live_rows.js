// A list that is told again and again: what has not changed stays the element it is, so that focus and place stay.

export class Rows {
  #list;
  #draw;
  #shown = new Map();

  /** `draw(one)` gives the `facts` that are seen of it and `make()`, the content made of them. */
  constructor(list, draw) {
    this.#list = list;
    this.#draw = draw;
  }

  /** Show these, in this order; without any, `empty`; after them `more`, where it is given. */
  show(conversations, { empty = "", more = "" } = {}) {
    const held = document.activeElement;
    const before = this.#shown;
    this.#shown = new Map(conversations.map((one) => [one.id, this.#row(one, before.get(one.id))]));
    const rows = [...this.#shown.values()].map(({ item }) => item);
    const note = conversations.length ? more : empty;
    if (note) rows.push(Object.assign(document.createElement("li"), { className: "quiet", textContent: note }));
    this.#arrange(rows);
    if (held !== document.activeElement && this.#list.contains(held)) held.focus({ preventScroll: true });
  }

  #row(one, known) {
    const { facts, make } = this.#draw(one);
    const key = JSON.stringify(facts);
    if (known?.key === key) return known;
    const item = known?.item ?? document.createElement("li");
    make(item);
    return { key, item };
  }

  #arrange(rows) {
    const wanted = new Set(rows);
    for (const item of [...this.#list.children]) if (!wanted.has(item)) item.remove();
    let place = this.#list.firstElementChild;
    for (const item of rows) {
      if (item === place) place = place.nextElementSibling;
      else this.#list.insertBefore(item, place);
    }
  }
}
