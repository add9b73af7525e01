// The live board. It asks for its figures every ten seconds and never trusts the clock of the screen: times are
// the server's, and how old the figures are is counted by a clock that nobody sets.
import { draw } from "./charts.js";

const EVERY_MS = 10_000;
const PATIENCE_MS = 8_000;
const STALE_AFTER = 30;
const CLOCK_OFF_MS = 60_000;
const RELOAD_AT_MOST_EVERY_MS = 300_000;
const ANEW_AFTER_MS = 43_200_000;
const DEPTHS = 4;
const TOP = 5;
const TOKEN = "wst-board-token";
const RELOADED = "wst-board-reloaded";
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const board = document.getElementById("board");
const words = JSON.parse(board.dataset.words);
const wall = document.body.classList.contains("wall");
const version = new URL(import.meta.url).pathname.split("/").at(-2);
const began = performance.now();
let token = wall ? tokenOfAddress() : "";
let shownOnMap = "overdue";
let heard = null; // the last figures, and when they came
let refused = ""; // why none come any more, where the server has said so

const say = (key, values = {}) => words[key].replace(/{(\w+)}/g, (_, name) => values[name]);
const number = (value) => value.toLocaleString("en-US");

// The token of a wall's link stands after the #, which browsers send to nobody; it leaves the address at once.
function tokenOfAddress() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(TOKEN, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(TOKEN) ?? "";
}

async function ask() {
  if (wall && !token) return refuse("no_link");
  const headers = { accept: "application/json", ...(wall ? { authorization: `Bearer ${token}` } : {}) };
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(board.dataset.source, { headers, redirect: "manual", cache: "no-store", signal });
    if (answer.type === "opaqueredirect") refuse("signed_out");
    else if (answer.status === 401 || answer.status === 403) refuse(wall ? "ended" : "signed_out");
    else if (answer.ok) take(await answer.json());
  } catch {
    // Nothing was heard: how long ago the last figures came says it all.
  }
}

function take(figures) {
  heard = { figures, at: performance.now() };
  refused = "";
  fill(figures);
  if (figures.version !== version || performance.now() - began > ANEW_AFTER_MS) reload();
}

// A page of an older version, or one that was shown for half a day, goes on showing figures but is made anew; not
// again and again, where two versions answer in turn.
function reload() {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < RELOAD_AT_MOST_EVERY_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}

function refuse(why) {
  refused = why;
  // What may not be seen any more is taken away; who was signed out has seen it before.
  if (why === "ended" || why === "no_link") empty();
}

function empty() {
  heard = null;
  for (const place of board.querySelectorAll("[data-figure], [data-note]")) place.textContent = "—";
  for (const path of board.querySelectorAll("[data-district]")) path.dataset.depth = "0";
  for (const list of ["board-areas", "board-items-list", "board-scale"]) element(list).replaceChildren();
  for (const name of ["board-nowhere", "board-city-said", "board-hours-said"]) element(name).textContent = "";
  draw(element("board-hours-drawing"), { kind: "bar", labels: [], series: [] });
}

const element = (id) => document.getElementById(id);
const put = (name, text) => {
  const place = board.querySelector(`[data-figure="${name}"]`);
  place.textContent = text;
  place.toggleAttribute("data-long", text.length > 5); // 21,757 in a sixth of the width
};
const note = (name, text) => { board.querySelector(`[data-note="${name}"]`).textContent = text; };

function fill(figures) {
  for (const name of ["received", "finished", "open", "soon", "today", "overdue", "waiting", "online"]) {
    put(name, number(figures[name]));
  }
  put("date", figures.date);
  put("as_of", figures.as_of + (figures.counted ? say("counted", { time: figures.counted }) : ""));
  if (figures.units) put("units", figures.units);
  note("waiting", figures.longest === null ? say("nobody") : say("longest", { time: clockwise(figures.longest) }));
  note("online", say("people", { free: figures.free, busy: figures.busy, paused: figures.paused }));
  put("level", figures.level === null ? "—" : `${(figures.level * 100).toFixed(2)}%`);
  note("level", say("judged", { seconds: board.dataset.levelSeconds, count: number(figures.entered) }));
  fillLines(figures.lines);
  for (const name of ["soon", "today", "overdue"]) mark(name, figures[name] > 0);
  mark("waiting", figures.waiting > 0);
  fillMap(figures);
  list("board-items-list", figures.items, say("none"));
  draw(element("board-hours-drawing"), figures.hours);
  element("board-hours-said").textContent = figures.hours.sentence;
  const off = Math.abs(Date.now() - figures.now);
  element("board-clock-off").textContent = off < CLOCK_OFF_MS ? "" : say("clock_off", { ago: span(off / 1000) });
}

function fillLines(lines) {
  const fresh = lines?.fresh ?? false;
  put("lines", fresh ? `${number(lines.busy)}/${number(lines.total)}` : "—");
  mark("lines", fresh && lines.full);
  if (!lines) note("lines", say("no_lines"));
  else if (!fresh) note("lines", say("old_lines", { time: lines.at }));
  else note("lines", say(lines.full ? "full" : "not_full", { ago: span(lines.age) }));
}

function mark(name, marked) {
  board.querySelector(`[data-tile="${name}"]`).classList.toggle("marked", marked);
}

function fillMap(figures) {
  const most = Math.max(0, ...figures.areas.map((one) => one[shownOnMap]));
  for (const area of figures.areas) {
    const path = board.querySelector(`[data-district="${area.code}"]`);
    path.dataset.depth = String(depth(area[shownOnMap], most));
    path.querySelector("title").textContent = `${area.name} ${number(area[shownOnMap])}`;
  }
  const top = figures.areas
    .filter((one) => one[shownOnMap] > 0)
    .sort((one, other) => other[shownOnMap] - one[shownOnMap])
    .slice(0, TOP)
    .map((one) => ({ name: one.name, count: one[shownOnMap] }));
  list("board-areas", top, say("city_none"));
  const nowhere = figures.nowhere[shownOnMap];
  element("board-nowhere").textContent = nowhere ? say("nowhere", { count: number(nowhere) }) : "";
  element("board-city-said").textContent = top.length ? say("city_said", top[0]) : say("city_none");
  element("board-scale").replaceChildren(...steps(most).map(([text, deep]) => {
    const item = document.createElement("li");
    item.textContent = text;
    item.dataset.depth = String(deep);
    return item;
  }));
}

const depth = (value, most) => (value > 0 ? Math.max(1, Math.ceil((value / most) * DEPTHS)) : 0);

// Which counts each depth stands for; those that no count can have are left out.
function steps(most) {
  const found = [["0", 0]];
  for (let deep = 1; deep <= DEPTHS; deep += 1) {
    const first = Math.floor((most * (deep - 1)) / DEPTHS) + 1;
    const last = Math.floor((most * deep) / DEPTHS);
    if (last >= first) found.push([first === last ? number(first) : `${number(first)}–${number(last)}`, deep]);
  }
  return found;
}

function list(id, rows, otherwise) {
  const items = rows.map(({ name, count }) => {
    const item = document.createElement("li");
    const label = document.createElement("span");
    const figure = document.createElement("strong");
    label.textContent = name;
    figure.textContent = number(count);
    item.append(label, figure);
    return item;
  });
  if (!items.length) {
    const nothing = document.createElement("li");
    nothing.textContent = otherwise;
    items.push(nothing);
  }
  element(id).replaceChildren(...items);
}

// A length of time in its largest unit.
function span(seconds) {
  const [size, unit] = [[DAY, "day"], [HOUR, "hour"], [MINUTE, "minute"]].find(([least]) => seconds >= 2 * least)
    ?? (seconds >= MINUTE ? [MINUTE, "minute"] : [1, "second"]);
  return `${Math.floor(seconds / size)}${words[unit]}`;
}

function clockwise(seconds) {
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / MINUTE)];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % MINUTE)}` : `${minutes}:${two(seconds % MINUTE)}`;
}

function tick() {
  if (heard) {
    const now = heard.figures.now + (performance.now() - heard.at) + heard.figures.offset_minutes * MINUTE * 1000;
    put("clock", new Date(now).toISOString().slice(11, 16));
  }
  const age = heard
    ? (performance.now() - heard.at) / 1000 + heard.figures.age
    : (performance.now() - began) / 1000;
  const stale = age > STALE_AFTER;
  board.classList.toggle("stale", Boolean(refused) || stale);
  if (refused) alarm(refused, say(refused));
  else if (stale && heard) alarm("stale", say("stale", { time: heard.figures.as_of, ago: span(age) }));
  else if (stale) alarm("nothing", say("nothing"));
  else alarm("", "");
}

let alarmed = "";

function alarm(why, text) {
  const place = element("board-alarm");
  place.hidden = !why;
  if (place.dataset.text !== text) {
    place.dataset.text = text;
    place.replaceChildren(text, ...(why === "signed_out" ? [" ", signIn()] : []));
  }
  // Read aloud once, and not again with every second that passes.
  if (why !== alarmed) element("board-told").textContent = text;
  alarmed = why;
}

function signIn() {
  const link = document.createElement("a");
  link.href = `/console/login?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = words.sign_in;
  return link;
}

for (const button of board.querySelectorAll("[data-map]")) {
  button.addEventListener("click", () => {
    shownOnMap = button.dataset.map;
    for (const one of board.querySelectorAll("[data-map]")) {
      one.setAttribute("aria-pressed", String(one === button));
    }
    if (heard) fillMap(heard.figures);
  });
}

async function goOn() {
  await ask();
  tick();
  setTimeout(goOn, EVERY_MS);
}

addEventListener("hashchange", () => {
  token = tokenOfAddress();
  ask().then(tick);
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) ask().then(tick);
});
setInterval(tick, 1000);
goOn();
