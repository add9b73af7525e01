/** What a citizen wants to be sent at the address of the link; programs that follow links change nothing. */
import { ask, begin, say, show } from "./citizen.js";
import { el } from "./widget/dom.js";

const token = location.hash.slice(1);
const state = { choices: null, said: "", problem: "" };

async function tell(wanted) {
  const answer = await ask("POST", "api/v1/notices/preferences", { body: wanted ? { token, wanted } : { token } });
  state.choices = answer.ok ? answer.data : state.choices;
  state.problem = answer.ok ? "" : answer.problem;
  state.said = answer.ok && wanted ? say("notices_saved") : "";
  draw();
}

function save(event) {
  event.preventDefault();
  const ticked = new FormData(event.target).getAll("group");
  tell(Object.fromEntries(state.choices.groups.map(({ group }) => [group, ticked.includes(group)])));
}

function choice({ group, wanted, required }) {
  const words = say("notice_groups")[group];
  const box = el("input", { type: "checkbox", name: "group", value: group, id: `group-${group}` });
  box.checked = wanted;
  const notes = [el("span", { class: "hint" }, words[1]), required && el("span", { class: "hint" }, say("notices_required"))];
  return el("label", { for: `group-${group}` }, box, el("span", { class: "option" }, el("strong", {}, words[0]), notes));
}

function draw() {
  const problem = state.problem && el("p", { class: "problem", role: "alert" }, state.problem);
  if (!token) return show(el("section", { class: "card" }, el("p", {}, say("no_token"))));
  if (!state.choices) return show(el("section", { class: "card" }, problem || el("p", {}, say("working"))));
  const from = say("notice_transports")[state.choices.transport] ?? state.choices.transport;
  show(
    el(
      "form", { class: "card", onsubmit: save },
      el("p", {}, say("notices_what", { transport: from })),
      el("fieldset", { class: "choices" }, el("legend", {}, say("notices_wanted")), state.choices.groups.map(choice)),
      problem,
      state.said && el("p", { class: "lead", role: "status" }, state.said),
      el("div", { class: "row" }, el("button", { class: "main" }, say("notices_save"))),
    ),
  );
}

begin(draw);
if (token) tell();
