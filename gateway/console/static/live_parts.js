// What the desk of conversations is made of: its words, and the elements that come again and again.

export const at = (id) => document.getElementById(id);
export const root = at("live");
export const words = JSON.parse(root.dataset.words);
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

export function el(name, facts = {}, ...children) {
  const element = Object.assign(document.createElement(name), facts);
  element.append(...children.filter(Boolean));
  return element;
}

export function badge(text, tone) {
  const sign = { ok: "✓", info: "●", warn: "▲", alarm: "■", quiet: "○" }[tone];
  return el("span", { className: `badge ${tone}` }, el("span", { ariaHidden: "true" }, sign), ` ${text}`);
}

/** Where the citizen is, if not on our own pages. */
export function channelBadge({ channel }) {
  return words[`channel_${channel}`] && el("span", { className: `badge channel ${channel}`, title: say(`channel_${channel}_hint`) }, say(`channel_${channel}`));
}

export function fill(id, items, empty) {
  at(id).replaceChildren(...(items.length ? items : [el("li", { className: "quiet" }, empty)]));
}

export function when(iso) {
  const shown = new Date(iso).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
  return el("time", { dateTime: iso, className: "quiet" }, shown);
}

export function caseLink(one) {
  return el("li", {}, el("a", { href: `/console/cases/${one.number}`, className: "number" }, one.number), ` ${one.item} `, el("span", { className: "quiet" }, one.status));
}

export function day(iso) {
  return el("time", { dateTime: iso, className: "quiet" }, new Date(iso).toLocaleDateString(document.documentElement.lang));
}

/** Sound and desktop notice, for whoever looks elsewhere. */
export function tell(text) {
  if (!document.hidden) return;
  if (globalThis.Notification?.permission === "granted") new Notification(text, { tag: "wst-live" });
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  tone.connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.15);
}
