/** What it is about: found by typing, or chosen from the whole list; and the questions an item asks. */
import { ask, field, page, say } from "./citizen.js";
import { el } from "./widget/dom.js";

const WAIT_MS = 250;
let all = [];
let waiting = null;

/** Every item in the present language. */
export async function loadItems(state) {
  const answer = await ask("GET", `api/v1/service-items?language=${page.language}`);
  if (answer.ok) all = answer.data;
  if (state.item) state.item = all.find((item) => item.code === state.item.code) ?? state.item;
}

const kindOf = (state) => (state.kind === "mailbox" ? "petition" : state.kind);

/** The part of the form that says what it is about. */
export function itemFields(state, draw) {
  const own = all.filter((item) => item.kind === kindOf(state));
  const choose = (item) => { Object.assign(state, { item, answers: {} }); draw(); document.querySelector("#item_code")?.focus(); };
  const search = el("input", { type: "search", maxlength: 200, autocomplete: "off", value: state.words ?? "" });
  const found = el("div", { class: "row", role: "group", "aria-live": "polite" });
  search.addEventListener("input", () => {
    state.words = search.value;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      if (!search.value.trim()) return found.replaceChildren();
      const answer = await ask("GET", `api/v1/service-items?q=${encodeURIComponent(search.value)}&kind=${kindOf(state)}&language=${page.language}`);
      if (answer.ok) found.replaceChildren(...answer.data.slice(0, 5).map((item) => el("button", { type: "button", onclick: () => choose(item) }, item.name)));
    }, WAIT_MS);
  });
  const select = el("select", { onchange: (event) => choose(own.find((item) => item.code === event.target.value) ?? null) }, el("option", { value: "" }, say("choose")));
  for (const main of new Set(own.map((item) => item.main))) {
    select.append(el("optgroup", { label: main }, own.filter((item) => item.main === main).map((item) => el("option", { value: item.code }, item.name))));
  }
  select.value = state.item?.code ?? "";
  return el(
    "section", { class: "card" },
    field("words", say("what"), search, { hint: say("what_hint") }), found,
    field("item_code", say("all_items"), select, { mistake: state.fields.item_code }),
    (state.item?.questions ?? []).map((question) => asked(state, question)),
  );
}

function asked(state, question) {
  const name = `attributes.${question.code}`;
  const label = question.text + (question.required ? "" : say("optional"));
  const keep = (value) => { if (value === "" || value == null) delete state.answers[question.code]; else state.answers[question.code] = value; };
  const mistake = state.fields[name];
  if (question.datatype === "multivaluelist") {
    const box = (value) => el("label", {}, el("input", {
      type: "checkbox", value: value.key, checked: (state.answers[question.code] ?? []).includes(value.key),
      onchange: (event) => {
        const kept = new Set(state.answers[question.code] ?? []);
        kept[event.target.checked ? "add" : "delete"](value.key);
        keep(kept.size ? [...kept] : null);
      },
    }), value.text);
    return el("fieldset", { class: "choices" }, el("legend", {}, label), mistake && el("span", { class: "mistake" }, mistake), question.values.map(box));
  }
  const list = question.datatype === "singlevaluelist";
  const types = { number: "number", datetime: "datetime-local" };
  const control = list
    ? el("select", {}, el("option", { value: "" }, say("choose")), question.values.map((value) => el("option", { value: value.key }, value.text)))
    : el("input", { type: types[question.datatype] ?? "text", maxlength: 200, step: question.datatype === "number" && "any" });
  control.value = state.answers[question.code] ?? "";
  control.addEventListener("input", () => keep(question.datatype === "number" && control.value !== "" ? Number(control.value) : control.value));
  return field(name, label, control, { mistake });
}
