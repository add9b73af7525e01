// The desk of conversations: lists on the left, the one that is led in the middle, what is known of it beside it.
import { bubble, noticed, showReached, voted } from "./live_bubbles.js";
import { takeFiles } from "./live_files.js";
import { Link, Refused } from "./live_link.js";
import { Offered } from "./live_offer.js";
import { at, badge, caseLink, channelBadge, day, el, fill, root, say, tell, when, words } from "./live_parts.js";
import { Rows } from "./live_rows.js";

const { csrf, me, oversees, files } = root.dataset;
const MINUTE_MS = 60_000;
const TYPING_MS = 3_000;
const UNANSWERED_MINUTES = 2;

let people = [];
let lists = { queue: [], mine: [] };
let waiting = 0; // how many wait, listed or not
const rows = Object.fromEntries(["queue", "mine", "everyone"].filter(at).map((name) => [name, new Rows(at(name), row)]));
let card = null; // the conversation that is looked at
let last = 0; // the last number of it that is shown
let left = 0; // how often a conversation has been left
let heardOf = new Set();

const link = new Link(csrf, {
  frame: (frame) => frames[frame.type]?.(frame),
  link: (open) => {
    at("messages").replaceChildren(...(open ? [] : [el("p", { className: "flash warn" }, say("lost"))]));
    if (open && card) watch();
  },
});

const frames = {
  queue: ({ conversations, total }) => {
    waiting = total;
    listed("queue", conversations);
  },
  mine: ({ conversations }) => listed("mine", conversations),
  people: (frame) => showPeople(frame.people),
  message: ({ conversation_id: id, message }) => card?.id === id && arrived(message),
  typing: ({ sender, on }) => (at("typing").textContent = on && sender === "citizen" ? say("typing") : ""),
};

function listed(name, conversations) {
  const before = lists[name];
  lists[name] = conversations;
  draw(name);
  if (name === "queue") {
    at("waiting-count").textContent = waiting || "";
    const known = new Set(before.map((one) => one.id));
    if (conversations.some((one) => !known.has(one.id) && !heardOf.has(one.id))) tell(say("new_waiting"));
    heardOf = new Set(conversations.map((one) => one.id));
  } else if (conversations.some((one) => one.unread && one.unread > (before.find((old) => old.id === one.id)?.unread ?? 0) && (one.id !== card?.id || document.hidden))) {
    tell(say("new_message"));
  }
  const here = [...lists.queue, ...lists.mine].find((one) => one.id === card?.id);
  if (here && (here.owner !== card.owner || here.operator !== card.operator)) refresh(card.id);
  else if (card && !here && card.operator === me) refresh(card.id);
  if (here) showReached(here);
  if (name === "queue") offered.show(conversations);
  if (oversees && name === "queue") showEveryone();
}

function draw(name) {
  const unlisted = name === "queue" ? waiting - lists.queue.length : 0;
  rows[name].show(lists[name], {
    empty: say(name === "queue" ? "nobody" : "none_mine"),
    more: unlisted > 0 ? say("more_waiting", { count: unlisted }) : "",
  });
}

function row(one) {
  const minutes = one.owner === "queue" && one.queued_at ? Math.max(0, Math.round((Date.now() - Date.parse(one.queued_at)) / MINUTE_MS)) : null;
  const other = one.operator === me ? null : one.operator;
  const here = one.id === card?.id;
  const facts = [one.priority, one.wanted_operator === me, one.wanted_unit, minutes, other, one.language, one.channel, one.unread, one.last_text, here, one.offered_to, unanswered(one)];
  return { facts, make: (item) => makeRow(item, one, { minutes, other, here }) };
}

function makeRow(item, one, { minutes, other, here }) {
  const tones = { emergency: "alarm", distress: "alarm", transfer: "warn" };
  const facts = [
    channelBadge(one),
    tones[one.priority] && badge(say(`priority_${one.priority}`), tones[one.priority]),
    one.wanted_operator === me && badge(say("for_you"), "info"),
    one.wanted_unit && badge(say("for_unit", { unit: one.wanted_unit }), "quiet"),
    minutes !== null && el("span", { className: "quiet" }, say("waited", { minutes })),
    other && el("span", { className: "quiet" }, other),
    one.language === "en" && badge("EN", "quiet"),
    one.offered_to && one.offered_to !== me && el("span", { className: "quiet" }, say("offered_to", { name: one.offered_to })),
    unanswered(one) && badge(say("unanswered", { minutes: unanswered(one) }), "warn"),
    one.unread > 0 && badge(say("unread", { count: one.unread }), "info"),
  ];
  if (!item.firstElementChild) item.append(el("button", { type: "button", onclick: () => open(one.id) }));
  const button = item.firstElementChild;
  button.className = `plain talk-row${here ? " here" : ""}`;
  button.ariaCurrent = here ? "true" : null;
  button.replaceChildren(
    el("span", { className: "facts-line" }, ...facts), el("span", { className: "last" }, one.last_text || "…"));
}

/** Minutes that the citizen has waited for a word of who is in charge, from two on. */
function unanswered(one) {
  const minutes = one.unanswered_since ? Math.floor((Date.now() - Date.parse(one.unanswered_since)) / MINUTE_MS) : 0;
  return minutes >= UNANSWERED_MINUTES ? minutes : 0;
}

async function showEveryone() {
  const { conversations } = await link.get("/conversations?mine=0");
  const others = conversations.filter((one) => one.owner !== "queue" && one.operator !== me);
  rows.everyone.show(others);
}

function showPeople(found) {
  people = found;
  at("people").replaceChildren(...found.map((one) => el("li", {},
    badge(say(one.state), { available: "ok", paused: "warn", away: "quiet" }[one.state]), ` ${one.username} `,
    el("span", { className: "quiet" }, say("leads", one), one.reason ? ` ${words[`reason_${one.reason}`] ?? one.reason}` : ""))));
  const chosen = at("target").value;
  at("colleagues").replaceChildren(...found.filter((one) => one.username !== me && one.state === "available")
    .map((one) => el("option", { value: `operator:${one.username}` }, `${one.username} (${say("leads", one)})`)));
  at("target").value = chosen;
  if (at("target").selectedIndex < 0) at("target").value = "";
  const mine = found.find((one) => one.username === me);
  if (mine && document.activeElement?.form !== at("presence")) {
    at("state").value = mine.state;
    at("capacity").value = mine.capacity;
    at("pause-reason").hidden = mine.state !== "paused";
  }
}

async function open(id) {
  if (await refresh(id)) at(card.operator === me ? "words" : "talk-title").focus();
}

async function refresh(id) {
  const before = left;
  try {
    const whole = await link.get(`/conversations/${id}`);
    if (left !== before) return false; // what was asked for before one left must not open it again
    const another = card?.id !== id;
    card = whole.card;
    show(whole, another);
    return true;
  } catch (problem) {
    if (left !== before) return false;
    refused(problem);
    if (card?.id === id) leave();
    return false;
  }
}

function leave() {
  left += 1;
  card = null;
  at("one").hidden = at("about").hidden = true;
  at("no-talk").hidden = false;
}

function show({ messages, notes, events, cases, votes, earlier, earlier_cases: before }, another) {
  at("no-talk").hidden = true;
  at("one").hidden = at("about").hidden = false;
  const state = say(`owner_${card.owner}`);
  const title = `${say(`language_${card.language}`)}・${state}${card.operator && card.operator !== me ? `・${card.operator}` : ""}`;
  at("talk-title").replaceChildren(...[channelBadge(card), ` ${title}`].filter(Boolean));
  at("elsewhere").hidden = !channelBadge(card);
  at("elsewhere").textContent = words[`channel_${card.channel}_hint`] ?? "";
  at("script").hidden = !(card.priority === "emergency" || events.some((event) => event.reason.startsWith("emergency")));
  at("composer").hidden = card.operator !== me;
  showActs();
  if (another) {
    at("log").replaceChildren();
    at("typing").textContent = "";
    last = 0;
    at("log").append(...messages.map((message) => bubble(card.id, message)));
    messages.forEach(noticed);
    last = messages.at(-1)?.seq ?? 0;
    showReached(card);
    seenTo(last);
    suggest();
  }
  for (const vote of votes) voted(vote);
  fill("notes", notes.map((note) => el("li", {}, el("strong", {}, note.author), ` ${note.text} `, when(note.at))), "");
  fill("events", events.map((event) => el("li", {}, `${event.actor}：${words[`because_${event.reason.replaceAll(" ", "_")}`] ?? event.reason} `, when(event.at))), "");
  fill("cases", cases.map(caseLink), say("no_cases"));
  fill("earlier", [
    ...before.map(caseLink),
    ...earlier.map((one) => el("li", {}, day(one.at), ` ${one.words}`, oversees && " ", oversees && el("a", { href: `/console/live/${one.id}/transcript.txt` }, say("transcript")))),
  ], say("no_earlier"));
  watch();
  for (const name of ["queue", "mine"]) draw(name);
}

function showActs() {
  const button = (label, act, className = "plain") => el("button", { type: "button", className, onclick: act }, label);
  const link_to = (label, href) => el("a", { className: "button plain", href }, label);
  const mine = card.operator === me;
  const acts = mine
    ? [button(say("transfer"), () => at("handing").showModal()), button(say("release"), () => act("release", { note: "" })), button(say("close"), () => act("close", { note: "" }))]
    : card.owner === "queue" || (oversees && card.owner !== "closed") ? [button(say(card.operator ? "take_over" : "take"), () => act("take"), "")] : [];
  if (files) acts.push(link_to(say("make_case"), `/console/cases/new?conversation=${card.id}`));
  acts.push(link_to(say("transcript"), `/console/live/${card.id}/transcript.txt`));
  at("acts").replaceChildren(...acts.flatMap((one) => [one, " "]));
}

async function act(name, body) {
  try {
    await link.post(`/conversations/${card.id}/${name}`, body);
    if (name === "take") open(card.id);
    else leave();
  } catch (problem) {
    refused(problem);
    refresh(card.id);
  }
}

function watch() {
  link.send({ type: "watch", conversation_id: card.id, after: last });
}

function arrived(message) {
  if (message.seq <= last) return;
  last = message.seq;
  at("log").append(bubble(card.id, message));
  noticed(message);
  if (message.sender === "operator") showReached(lists.mine.find((one) => one.id === card.id) ?? card);
  seenTo(last);
  if (message.sender === "citizen") suggest();
}

/** The newest is in sight; whoever is in charge has seen it. */
function seenTo(seq) {
  const log = at("log");
  log.scrollTop = log.scrollHeight;
  if (seq && card.operator === me && !document.hidden) link.send({ type: "seen", conversation_id: card.id, seq });
}

async function suggest() {
  const { id } = card;
  const { suggestions } = await link.get(`/conversations/${id}/suggestions`).catch(() => ({ suggestions: [] }));
  if (card?.id !== id) return;
  fill("suggestions", suggestions.map((one) => el("li", {},
    el("details", {}, el("summary", {}, one.question), el("p", { className: "said" }, one.answer),
      el("p", { className: "quiet" }, `${one.agency} ${one.source_date ?? ""}`)),
    card.operator === me && el("button", { type: "button", className: "plain", onclick: () => send({ faq_id: one.faq_id }) }, say("send_entry")))), say("no_suggestions"));
}

async function send(body) {
  const { id } = card;
  const message = { client_id: crypto.randomUUID(), ...body };
  for (let attempt = 0; attempt < 4; attempt += 1) {
    try {
      await link.post(`/conversations/${id}/messages`, message);
      return true;
    } catch (problem) {
      if (problem instanceof Refused) {
        refused(problem);
        refresh(id);
        return false;
      }
      await new Promise((done) => setTimeout(done, 500 * 2 ** attempt));
    }
  }
  refused(new Refused(say("lost")));
  return false;
}

function refused(problem) {
  if (!(problem instanceof Refused)) throw problem;
  at("messages").replaceChildren(el("p", { className: "flash alarm", role: "alert" }, problem.message));
}

at("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = at("words").value.trim();
  if (!text || !card) return;
  at("words").value = "";
  at("messages").replaceChildren();
  if (!(await send({ text })) && !at("words").value) at("words").value = text;
});

takeFiles(at("attach"), at("file"), {
  to: () => `/conversations/${card.id}/attachments`,
  upload: (path, form) => link.upload(path, form),
  failed: (problem) => refused(problem instanceof Refused ? problem : new Refused(say("lost"))),
});

let ready = [];
link.get("/replies").then(({ replies }) => {
  ready = replies;
  at("canned").append(...replies.map((one, n) => el("option", { value: n }, one.title)));
}).catch(refused);
at("canned").addEventListener("change", () => {
  const chosen = ready[at("canned").value];
  at("canned").value = "";
  if (!chosen) return;
  const number = at("cases").querySelector("a")?.textContent ?? "";
  at("words").value += (card.language === "en" ? chosen.en : chosen.zh).replaceAll("{case}", number);
  at("words").focus();
});

let typedAt = 0;
at("words").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at("composer").requestSubmit();
  } else if (Date.now() - typedAt > TYPING_MS) {
    typedAt = Date.now();
    link.send({ type: "typing", conversation_id: card.id, on: true });
    setTimeout(() => card && link.send({ type: "typing", conversation_id: card.id, on: false }), TYPING_MS);
  }
});

at("note").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = at("note-text").value.trim();
  if (!text) return;
  const kind = oversees && card.operator && card.operator !== me ? "whisper" : "note";
  await link.post(`/conversations/${card.id}/notes`, { text, kind }).catch(refused);
  at("note-text").value = "";
  refresh(card.id);
});

at("handing-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [kind, name] = at("target").value.split(/:(.*)/);
  at("handing").close();
  await act("transfer", { ...(kind ? { [kind]: name } : {}), note: at("handing-note").value });
  at("handing-note").value = "";
});

const offered = new Offered(me, { take: (id) => open_taken(id), decline: (id) => link.post(`/conversations/${id}/decline`).catch(refused), say, tell });

async function open_taken(id) {
  try {
    await link.post(`/conversations/${id}/take`);
    open(id);
  } catch (problem) {
    refused(problem);
  }
}

async function next() {
  try {
    const { id } = await link.post("/next");
    open(id);
  } catch (problem) {
    refused(problem);
  }
}

at("next").addEventListener("click", next);
document.addEventListener("keydown", (event) => {
  if (event.altKey && event.code === "KeyN") {
    event.preventDefault();
    next();
  }
});

at("presence").addEventListener("change", async () => {
  const state = at("state").value;
  at("pause-reason").hidden = state !== "paused";
  await link.post("/presence", { state, capacity: Number(at("capacity").value) || 4, reason: state === "paused" ? at("reason").value || null : null }).catch(refused);
});
at("presence").addEventListener("submit", (event) => event.preventDefault());

at("notify").addEventListener("click", () => globalThis.Notification?.requestPermission());

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && card?.operator === me) link.send({ type: "seen", conversation_id: card.id, seq: last });
});

// A link from elsewhere in the console names the conversation.
if (location.hash.length > 1) open(decodeURIComponent(location.hash.slice(1)));
