/** A case as its citizen sees it: status in plain words, what happens next, and what may be done. */
import { ask, base, begin, facts, field, page, say, show } from "./citizen.js";
import { lineCode } from "./on_line.js";
import { instantWords } from "./widget/dates.js";
import { el } from "./widget/dom.js";

const KEY = "wst:case";
const NOTE_MAX = 2000;
const ACTS = ["supply_info", "add_info", "reopen", "withdraw"];
const state = { number: "", code: "", found: null, files: [], open: null, told: "", problem: "" };

const at = (iso) => instantWords(iso, page.language);

async function look() {
  if (!state.number || !state.code) {
    state.problem = say("missing");
    return draw();
  }
  const answer = await ask("GET", `api/v1/cases/${encodeURIComponent(state.number)}?language=${page.language}`, state);
  state.found = answer.ok ? answer.data : null;
  state.problem = answer.ok ? "" : answer.status === 404 ? say("not_found") : answer.problem;
  if (answer.ok) {
    sessionStorage.setItem(KEY, JSON.stringify({ number: answer.data.number, code: state.code }));
    const files = await ask("GET", `api/v1/cases/${encodeURIComponent(state.number)}/attachments`, state);
    state.files = files.ok ? files.data : [];
  }
  draw();
}

async function send(path, body) {
  const answer = await ask("POST", `api/v1/cases/${encodeURIComponent(state.number)}/${path}?language=${page.language}`, {
    code: state.code, body,
  });
  if (answer.ok) {
    Object.assign(state, { found: answer.data, open: null, told: say("done"), problem: "" });
  } else {
    state.problem = answer.problem;
  }
  draw();
}

function form() {
  const number = el("input", { autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 40, value: state.number });
  const code = el("input", { autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 40, value: state.code });
  const submit = (event) => {
    event.preventDefault();
    Object.assign(state, { number: number.value.trim(), code: code.value.trim(), told: "" });
    look();
  };
  return el(
    "form", { class: "card", onsubmit: submit, novalidate: true },
    field("number", say("number"), number), field("code", say("code"), code),
    state.problem && el("p", { class: "problem", role: "alert" }, state.problem),
    el("div", { class: "row" }, el("button", { type: "submit", class: "main" }, say("look_up"))),
  );
}

function clock(due) {
  const words = [at(due.due_at)];
  if (due.paused) words.push(say("paused"));
  else if (due.verdict !== "open") words.push(say(due.verdict));
  if (due.example) words.push(say("example"));
  const late = due.verdict === "overdue";
  return [say(due.stage), el("span", { class: late && "late" }, words[0], words.length > 1 && `（${words.slice(1).join("；")}）`)];
}

function summary(found) {
  return el(
    "section", { class: "card", "aria-labelledby": "case-number" },
    el("h2", { id: "case-number", tabindex: "-1" }, found.number),
    el("p", { class: "lead" }, found.status_text),
    el("p", {}, found.next_step),
    found.question && [el("h3", {}, say("question")), el("p", { class: "quote" }, found.question)],
    found.continues_as && el("p", {}, say("continues", { number: found.continues_as })),
    found.last_reply && [el("h3", {}, say("reply")), el("p", { class: "quote" }, found.last_reply)],
    facts([
      [say("item"), found.item], [say("owner"), found.owner], [say("district"), found.district],
      [say("received"), at(found.received_at)], ...found.due.map(clock),
    ]),
    found.co_reporters > 0 && el("p", { class: "hint" }, say("joined", { count: found.co_reporters })),
  );
}

function deed(act) {
  const note = el("textarea", { maxlength: NOTE_MAX, rows: 4 });
  const required = act !== "withdraw";
  const submit = (event) => {
    event.preventDefault();
    if (required && !note.value.trim()) {
      state.problem = say("note_missing");
      return draw();
    }
    event.target.querySelector("button").disabled = true;
    send("acts", { act, note: note.value.trim() });
  };
  const what = say(`${act}_what`, { at: state.found.reopen_until ? at(state.found.reopen_until) : "" });
  return el(
    "form", { onsubmit: submit, novalidate: true },
    field("note", what, note),
    state.problem && el("p", { class: "problem", role: "alert" }, state.problem),
    el(
      "div", { class: "row" },
      el("button", { type: "submit", class: act === "withdraw" ? "grave" : "main" }, say(act === "withdraw" ? "sure_withdraw" : "send")),
      el("button", { type: "button", onclick: () => choose(null) }, say("cancel")),
    ),
  );
}

function rating() {
  const choice = (score) => el("label", {}, el("input", { type: "radio", name: "score", value: score, required: true }), say("scores")[score - 1]);
  const comment = el("textarea", { maxlength: 1000, rows: 3 });
  const submit = (event) => {
    event.preventDefault();
    const score = new FormData(event.target).get("score");
    if (score) send("rating", { score: Number(score), comment: comment.value.trim() });
  };
  return el(
    "form", { onsubmit: submit },
    el("fieldset", { class: "choices" }, el("legend", {}, say("score")), [5, 4, 3, 2, 1].map(choice)),
    field("comment", say("comment"), comment),
    state.problem && el("p", { class: "problem", role: "alert" }, state.problem),
    el("div", { class: "row" }, el("button", { type: "submit", class: "main" }, say("send")), el("button", { type: "button", onclick: () => choose(null) }, say("cancel"))),
  );
}

function choose(act) {
  Object.assign(state, { open: act, told: "", problem: "" });
  draw();
  document.querySelector("#note, [name=score]")?.focus();
}

function acts(found) {
  const possible = ACTS.filter((act) => found.allowed.includes(act)).concat(found.may_rate ? ["rate"] : []);
  if (!possible.length && !state.told) return null;
  const button = (act) => el("button", {
    type: "button", class: act === "withdraw" ? "grave" : act === "supply_info" || act === "rate" ? "main" : null, onclick: () => choose(act),
  }, say(act));
  return el(
    "section", { class: "card" },
    el("p", { role: "status" }, state.told),
    state.open === "rate" ? rating() : state.open ? deed(state.open) : el("div", { class: "row" }, possible.map(button)),
  );
}

async function openFile(file) {
  const response = await fetch(new URL(`api/v1/cases/${encodeURIComponent(state.number)}/attachments/${file.id}`, base), { headers: { "x-verification-code": state.code } });
  if (!response.ok) return;
  const link = el("a", { href: URL.createObjectURL(await response.blob()), download: file.name });
  link.click();
  URL.revokeObjectURL(link.href);
}

function files() {
  if (!state.files.length) return null;
  const row = (file) => el("li", {}, el("div", { class: "row" }, el("span", {}, file.name), el("button", { type: "button", onclick: () => openFile(file), "aria-label": `${say("open_file")} ${file.name}` }, say("open_file"))));
  return el("section", { class: "card" }, el("h3", {}, say("files")), el("ul", {}, state.files.map(row)));
}

function history(found) {
  const row = (event) => el("li", {}, el("time", { datetime: event.at }, at(event.at)), event.text, event.note && el("p", { class: "quote" }, event.note));
  return el("section", { class: "card" }, el("h3", {}, say("history")), el("ol", {}, found.events.map(row)));
}

function draw() {
  const found = state.found;
  if (!found) return show(form());
  const other = () => {
    sessionStorage.removeItem(KEY);
    Object.assign(state, { number: "", code: "", found: null, files: [], open: null, told: "", problem: "" });
    draw();
  };
  show(
    summary(found), acts(found), files(), lineCode(state), history(found),
    el("div", { class: "row" }, el("button", { type: "button", onclick: () => window.print() }, say("print")), el("button", { type: "button", onclick: other }, say("again"))),
  );
}

const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
const named = new URLSearchParams(location.search).get("number");
if (kept && (!named || named === kept.number)) Object.assign(state, kept);
else state.number = named ?? "";
begin(() => (state.number && state.code ? look() : draw()));
