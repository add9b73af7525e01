// Messages in the log of the desk: what was said, the citizen's thumb, how far it has come.
import { fileShown } from "./live_files.js";
import { at, badge, el, say, when, words } from "./live_parts.js";

const OF_ONE = { unsent: ({ seq }) => [seq], undelivered: ({ seqs }) => seqs };

/** One message of `conversation`, as its row in the log. */
export function bubble(conversation, { seq, sender, kind, text, created_at: said, payload }) {
  const told = kind === "notice" && words[`notice_${payload.notice}`];
  const who = sender === "operator" ? payload.operator || say("operator") : say(sender);
  const item = el("li", { className: `bubble ${sender}${told ? ` told ${payload.notice}` : ""}` },
    el("p", { className: "who" }, el("strong", {}, who), " ", when(said)),
    kind === "file" ? fileShown(conversation, payload) : el("p", { className: `said${payload.unsent ? " quiet" : ""}` }, told ? say(`notice_${payload.notice}`, { why: because(payload.why) }) : text),
    payload.faq_id && el("p", { className: "quiet" }, say("entry", { id: payload.faq_id, score: payload.score })),
    payload.source_url && el("p", {}, el("a", { href: payload.source_url, target: "_blank", rel: "noopener noreferrer" }, `${payload.agency} ${payload.source_date ?? ""}`)),
    payload.options && el("p", { className: "quiet" }, payload.options.map((one) => one.title).join("／")));
  item.dataset.seq = seq;
  return item;
}

/** What a notice of the channel says of earlier messages: their words are gone, or have not arrived. */
export function noticed({ kind, payload }) {
  const told = kind === "notice" ? OF_ONE[payload.notice]?.(payload) ?? [] : [];
  for (const seq of told) {
    const item = at("log").querySelector(`[data-seq="${seq}"]`);
    if (!item || item.querySelector(".fate")) continue;
    if (payload.notice === "unsent") item.replaceChildren(item.querySelector(".who"), el("p", { className: "said quiet" }, say("unsent")));
    else {
      item.querySelector(".reached")?.remove();
      item.querySelector(".who").append(el("span", { className: "fate" }, " ", badge(say("undelivered"), "alarm")));
    }
  }
}

/** A carrier's reason in words of the staff; one that nobody knows as it came. */
function because(why = "") {
  const known = Object.entries({ blocked: /blocked/, monthly: /monthly limit/i }).find(([, pattern]) => pattern.test(why));
  return known ? say(`because_line_${known[0]}`) : why;
}

/** The citizen's thumb on an answer, at the answer. */
export function voted({ seq, vote }) {
  const item = at("log").querySelector(`[data-seq="${seq}"]`);
  if (!item) return;
  item.querySelector(".vote")?.remove();
  item.append(el("p", { className: "vote" }, badge(say(`vote_${vote}`), vote === "up" ? "ok" : "warn")));
}

/** How far what was said has come: to the server, the citizen's device, their eyes. */
export function showReached(one) {
  at("log").querySelector(".reached")?.remove();
  const own = [...at("log").querySelectorAll(".bubble.operator")].at(-1);
  if (!own || own.querySelector(".fate")) return;
  const seq = Number(own.dataset.seq);
  const how = seq <= one.citizen_seen ? "reached_seen" : seq <= one.citizen_received ? "reached_device" : "reached_server";
  own.querySelector(".who").append(el("span", { className: "reached quiet" }, ` ${say(how)}`));
}
