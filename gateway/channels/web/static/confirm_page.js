/** The page behind a confirmation link: a button, because programs that look through mail follow links. */
import { ask, begin, say, show } from "./citizen.js";
import { receipt } from "./receipt.js";
import { el } from "./widget/dom.js";

const token = location.hash.slice(1);
const state = { filed: null, problem: "" };

async function confirm(event) {
  event.target.disabled = true;
  const answer = await ask("POST", "api/v1/mailbox/confirm", { body: { token } });
  state.filed = answer.ok ? answer.data : null;
  state.problem = answer.ok ? "" : answer.problem;
  draw();
}

function draw() {
  if (state.filed) return show(receipt(state.filed, say("filed")));
  show(
    el(
      "section", { class: "card" },
      el("p", {}, token ? say("confirm_what") : say("no_token")),
      state.problem && el("p", { class: "problem", role: "alert" }, state.problem),
      token && el("div", { class: "row" }, el("button", { type: "button", class: "main", onclick: confirm }, say("confirm_button"))),
    ),
  );
}

begin(draw);
