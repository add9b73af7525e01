/** Filing without the chat: fill in, see whether others have reported it, read it back, send. */
import { ask, begin, facts, field, lead, page, say, show } from "./citizen.js";
import { fileList, upload } from "./report_files.js";
import { itemFields, loadItems } from "./report_items.js";
import { receipt } from "./receipt.js";
import { dateWords, instantWords } from "./widget/dates.js";
import { el } from "./widget/dom.js";

const KINDS = ["dispatch", "petition", "public_works_report", "mailbox"];
const TEXTS = ["description", "address", "district", "name", "phone", "email", "sender_address"];
const fresh = () => ({
  step: "form", kind: "", item: null, answers: {}, values: {}, point: null, photoPoint: null, draft: null, files: [],
  fields: {}, problem: "", duplicates: [], clientId: crypto.randomUUID(), filed: null, districts: [], busy: false,
});
let state = fresh();

const letter = () => state.kind === "mailbox";
const outThere = () => state.kind === "dispatch" || state.kind === "public_works_report";

/** What the form holds as the platform takes it. */
function body() {
  const given = Object.fromEntries(TEXTS.filter((name) => name !== "sender_address" || letter()).map((name) => [name, state.values[name]?.trim() || null]));
  return {
    client_id: state.clientId, item_code: state.item?.code ?? "", language: page.language, attributes: state.answers, draft: state.draft,
    lat: state.point?.lat ?? null, lng: state.point?.lng ?? null, ...given, description: given.description ?? "",
  };
}

function text(name, tag = "input", attributes = {}) {
  const control = el(tag, { ...attributes, oninput: (event) => (state.values[name] = event.target.value) });
  control.value = state.values[name] ?? "";
  return control;
}

function kinds() {
  const choice = (kind) => el("label", {}, el("input", {
    type: "radio", name: "kind", value: kind, checked: state.kind === kind,
    onchange: () => { Object.assign(state, { kind, item: null, answers: {}, fields: {}, problem: "" }); draw(); document.querySelector(`[name=kind][value=${kind}]`)?.focus(); },
  }), say("kinds")[kind]);
  return el(
    "section", { class: "card choices", role: "radiogroup", "aria-labelledby": "kind-title" },
    el("h2", { id: "kind-title" }, say("kind")), KINDS.map(choice),
  );
}

function districts() {
  const select = text("district", "select");
  select.append(el("option", { value: "" }, say("no_district")));
  for (const one of state.districts) select.append(el("option", { value: one.zh }, page.language === "en" ? `${one.en} ${one.zh}` : one.zh));
  select.value = state.values.district ?? "";
  return select;
}

function locate() {
  const failed = () => { state.problem = say("locate_failed"); draw(); };
  if (!navigator.geolocation) return failed();
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => { state.point = { lat: coords.latitude, lng: coords.longitude }; state.problem = ""; draw(); },
    failed, { enableHighAccuracy: true, timeout: 15000 },
  );
}

function place() {
  const needed = outThere();
  const mistakes = state.fields;
  return el(
    "section", { class: "card" },
    el("h2", {}, say(needed ? "where" : "where_petition")),
    state.point
      ? el("p", { role: "status" }, say("located", { place: `${state.point.lat.toFixed(5)}, ${state.point.lng.toFixed(5)}` }))
      : field("district", say("district"), districts(), { mistake: mistakes.district }),
    mistakes.position && el("p", { class: "mistake" }, mistakes.position),
    field("address", say("address"), text("address", "input", { maxlength: 200, autocomplete: "street-address" }), { mistake: mistakes.address }),
    el(
      "div", { class: "row" },
      state.point
        ? el("button", { type: "button", onclick: () => { state.point = null; draw(); } }, say("forget_place"))
        : el("button", { type: "button", onclick: locate }, say("locate")),
    ),
  );
}

function story() {
  const takePhotoPlace = () => { state.point = state.photoPoint; state.photoPoint = null; draw(); };
  return el(
    "section", { class: "card" },
    field("description", say("happened"), text("description", "textarea", { maxlength: 4000, rows: 6 }), { hint: say("happened_hint"), mistake: state.fields.description }),
    fileList(state, draw, (file) => upload(state, file, draw)),
    state.photoPoint && el("p", { role: "status" }, say("photo_place"), " ", el("button", { type: "button", onclick: takePhotoPlace }, say("use_photo_place"))),
  );
}

function contact() {
  const needed = letter() || state.item?.contact_required;
  const label = (name, must) => say(name) + (must ? "" : say("optional"));
  const one = (name, must, attributes) => field(name, label(name, must), text(name, "input", { maxlength: 200, ...attributes }), { mistake: state.fields[name] });
  return el(
    "section", { class: "card" },
    el("p", { class: "hint" }, say("why_contact")),
    letter() && el("p", { class: "hint" }, say("one_matter")),
    one("name", needed, { autocomplete: "name" }), one("phone", letter(), { type: "tel", autocomplete: "tel" }), one("email", letter(), { type: "email", autocomplete: "email" }),
    letter() && one("sender_address", true, { autocomplete: "street-address" }),
  );
}

function form() {
  const submit = (event) => { event.preventDefault(); check(); };
  return el(
    "form", { onsubmit: submit, novalidate: true }, kinds(),
    state.kind && [
      itemFields(state, draw), place(), story(), contact(),
      state.problem && el("p", { class: "problem", role: "alert" }, state.problem),
      el("div", { class: "row" }, el("button", { type: "submit", class: "main", disabled: state.busy }, say("check"))),
    ],
  );
}

/** To the read-back; on the way, whether somebody else has reported the same. */
async function check() {
  state.fields = {};
  if (!state.item) state.fields.item_code = say("choose_item");
  if (!state.values.description?.trim()) state.fields.description = say("note_missing");
  if (Object.keys(state.fields).length) { draw(); return lead(); }
  state.duplicates = [];
  if (outThere()) {
    const { item_code, district, address, lat, lng } = body();
    const answer = await ask("POST", "api/v1/cases/duplicates", { body: { item_code, district, address, lat, lng } });
    if (answer.ok) state.duplicates = answer.data;
  }
  state.step = state.duplicates.length ? "duplicates" : "confirm";
  draw();
  lead();
}

function back() {
  state.step = "form";
  draw();
  lead();
}

function duplicates() {
  const row = (one) => el(
    "li", {},
    el("strong", {}, one.item), " ", one.district ?? "", one.place ?? "",
    el("p", { class: "hint" }, [
      say("day", { at: dateWords(one.received_on, page.language) }), one.status,
      one.distance_m === null ? say("same_place") : say("near", { metres: one.distance_m }), !one.open && say("closed_lately"),
    ].filter(Boolean).join("．")),
    one.open && el("div", { class: "row" }, el("button", { type: "button", onclick: () => join(one.token) }, say("join"))),
  );
  return el(
    "section", { class: "card" },
    el("h2", { tabindex: "-1" }, say("duplicates")), el("p", {}, say("duplicates_what")), el("ul", {}, state.duplicates.map(row)),
    state.problem && el("p", { class: "problem", role: "alert" }, state.problem),
    el(
      "div", { class: "row" },
      el("button", { type: "button", class: "main", onclick: () => { state.step = "confirm"; state.problem = ""; draw(); lead(); } }, say("file_anyway")),
      el("button", { type: "button", onclick: back }, say("back")),
    ),
  );
}

async function join(token) {
  const { client_id, name, phone, email, language, description } = body();
  const answer = await ask("POST", "api/v1/cases/join", { body: { client_id, token, name, phone, email, language, note: description.slice(0, 1000) } });
  finish(answer, "joined_done");
}

async function send() {
  state.busy = true;
  draw();
  const answer = await ask("POST", letter() ? "api/v1/mailbox" : "api/v1/cases", { body: body() });
  finish(answer, letter() ? "letter" : "filed");
}

function finish(answer, how) {
  state.busy = false;
  if (answer.ok) Object.assign(state, { step: "done", filed: answer.data, how, problem: "" });
  else {
    Object.assign(state, { problem: answer.problem, fields: answer.fields });
    if (Object.keys(answer.fields).length) state.step = "form";
  }
  draw();
  lead();
}

function confirmation() {
  const given = body();
  const answers = state.item.questions.filter((question) => state.answers[question.code] != null).map((question) => {
    const chosen = [].concat(state.answers[question.code]).map((key) => question.values.find((value) => value.key === key)?.text ?? key);
    return [question.text, chosen.join("、")];
  });
  return el(
    "section", { class: "card" },
    el("h2", { tabindex: "-1" }, say("read_back")),
    facts([
      [say("item"), `${state.item.main}／${state.item.name}`], ...answers,
      [say("district"), state.point ? null : given.district ?? (outThere() ? say("no_district") : null)], [say("address"), given.address],
      [say("where"), state.point && `${state.point.lat.toFixed(5)}, ${state.point.lng.toFixed(5)}`],
      [say("happened"), given.description], [say("files"), state.files.map((file) => file.name).join("、")],
      [say("name"), given.name], [say("phone"), given.phone], [say("email"), given.email], [say("sender_address"), given.sender_address],
    ]),
    state.problem && el("p", { class: "problem", role: "alert" }, state.problem),
    el(
      "div", { class: "row" },
      el("button", { type: "button", class: "main", onclick: send, disabled: state.busy }, state.busy ? say("working") : say("confirm")),
      el("button", { type: "button", onclick: back }, say("back")),
    ),
  );
}

function done() {
  const again = () => { const { districts: known } = state; state = { ...fresh(), districts: known }; draw(); lead(); };
  if (state.how !== "letter") return receipt(state.filed, say(state.how), again);
  return el(
    "section", { class: "card" },
    el("h2", { tabindex: "-1" }, say("letter_sent")),
    el("p", {}, say("letter_what", { email: state.values.email, at: instantWords(state.filed.confirm_until, page.language) })),
  );
}

const STEPS = { form, duplicates, confirm: confirmation, done };

function draw() {
  show(STEPS[state.step]());
}

/** After a change of language the items speak it too. */
async function begun() {
  await loadItems(state);
  draw();
}

const answer = await ask("GET", "api/v1/places/districts");
state.districts = answer.ok ? answer.data : [];
begin(begun);
