/** The widget's looks, apart from the page around it. */

import { WAITING_CSS } from "./styles_waiting.js";

const CSS = `
:host {
  all: initial; display: block; --accent: #00607a; --on-accent: #fff; --ground: #fff; --soft: #eef3f5; --ink: #17222a;
  --quiet: #52606b; --edge: #c3ced5; --own: #d8eef4; --warn: #8a4b00; --warn-ground: #fff3de; --alarm: #a8101f;
  --alarm-ground: #fdecee; --focus: #b3470a; --bar: #00607a; --on-bar: #fff; color-scheme: light;
  font-family: system-ui, "Noto Sans TC", "PingFang TC", "Microsoft JhengHei", "Noto Sans CJK TC", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :host {
    --accent: #7fd0e6; --on-accent: #06242d; --ground: #151b20; --soft: #222b32; --ink: #e9eef1; --quiet: #a9b6bf;
    --edge: #43515b; --own: #17424f; --warn: #ffc46b; --warn-ground: #3a2b12; --alarm: #ffa3a8;
    --alarm-ground: #43191d; --focus: #ffb070; --bar: #0f3a47; --on-bar: #e9f4f7; color-scheme: dark;
  }
}
:host([mode="page"]) { height: 100%; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, textarea, input, select { font: inherit; color: inherit; }
button { cursor: pointer; }
button:disabled { cursor: default; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher {
  position: fixed; inset: auto 20px 20px auto; z-index: 2147483000; display: flex; align-items: center; gap: 10px; min-height: 56px;
  padding: 0 20px; border: 0; border-radius: 28px; background: var(--accent); color: var(--on-accent); font-size: 16px;
  font-weight: 600; box-shadow: 0 4px 16px rgb(0 0 0 / .3);
}
:host([position="left"]) .launcher { inset: auto auto 20px 20px; }
.badge { min-width: 24px; padding: 2px 6px; border-radius: 12px; background: var(--alarm); color: var(--ground); font-size: 14px; }

.panel {
  display: flex; flex-direction: column; height: 100%; background: var(--ground); color: var(--ink); font-size: 16px; line-height: 1.6;
  overflow: hidden; text-align: start;
}
:host([mode="float"]) .panel {
  position: fixed; inset: auto 20px 20px auto; z-index: 2147483000; width: 400px; height: min(680px, calc(100vh - 40px));
  border: 1px solid var(--edge); border-radius: 16px; box-shadow: 0 12px 40px rgb(0 0 0 / .35);
}
:host([mode="float"][position="left"]) .panel { inset: auto auto 20px 20px; }
@media (max-width: 600px) {
  :host([mode="float"]) .panel, :host([mode="float"][position="left"]) .panel {
    inset: 0; width: 100%; height: var(--wst-height, 100dvh); border: 0; border-radius: 0;
  }
}
header { display: flex; align-items: center; gap: 4px; padding: 6px 12px 6px 16px; background: var(--bar); color: var(--on-bar); }
header h2 { flex: 1; min-height: 44px; align-content: center; margin: 0; font-size: 17px; line-height: 1.3; font-weight: 700; }
header small { display: inline-block; font-size: 13px; font-weight: 400; }
header button { display: grid; place-items: center; min-width: 44px; min-height: 44px; padding: 0 6px; border: 0; border-radius: 10px; background: transparent; color: inherit; font-size: 15px; }
header button:hover { background: rgb(127 127 127 / .25); }
header :focus-visible { outline-color: currentColor; outline-offset: -3px; }
.status { margin: 0; padding: 8px 16px; background: var(--soft); font-size: 14px; border-bottom: 1px solid var(--edge); }
.status.trouble { background: var(--warn-ground); color: var(--warn); }

.log { position: relative; flex: 1; min-height: 0; }
.scroller { position: relative; height: 100%; overflow-y: auto; overscroll-behavior: contain; padding: 16px; outline-offset: -3px; }
.message { display: flex; flex-direction: column; align-items: flex-start; margin: 0 0 14px; }
.message.citizen { align-items: flex-end; }
.message.system { align-items: center; }
.bubble { max-width: min(100%, 640px); padding: 10px 14px; border-radius: 4px 14px 14px; background: var(--soft); }
.citizen .bubble { max-width: min(84%, 560px); border-radius: 14px 4px 14px 14px; background: var(--own); }
.operator .bubble { border-inline-start: 4px solid var(--accent); }
.pending .bubble { opacity: .75; }
.text { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.message > time { margin: 2px 6px 0; color: var(--quiet); font-size: 12px; }
.note { margin: 0 0 14px; color: var(--quiet); font-size: 14px; text-align: center; }
.rating { margin: 0 0 14px; padding: 12px; border: 1px solid var(--edge); border-radius: 10px; }
.rating p { margin: 0 0 8px; font-weight: 700; }
.rating fieldset { display: flex; flex-wrap: wrap; gap: 4px 12px; margin: 0 0 8px; padding: 0; border: 0; }
.rating legend { padding: 0; }
.rating fieldset label { display: inline-flex; align-items: center; gap: 4px; min-width: 44px; min-height: 44px; }
.rating input { width: 24px; height: 24px; margin: 0; accent-color: var(--bar); }
.rating textarea { display: block; width: 100%; margin: 4px 0 8px; font: inherit; }
.rating button { min-height: 44px; padding: 0 16px; border: 0; border-radius: 10px; background: var(--bar); color: var(--on-bar); font: inherit; font-weight: 600; }
.rating .problem { margin: 8px 0 0; color: var(--warn); }
.about { margin: 0 0 6px; font-weight: 700; overflow-wrap: anywhere; }
.source { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 10px 0 0; padding-top: 8px; border-top: 1px solid var(--edge); color: var(--quiet); font-size: 14px; }
.source a { color: var(--accent); font-weight: 600; padding: 2px 0; }
.old { color: var(--warn); }
.picture { display: block; max-width: 100%; height: 182px; padding: 0; border: 1px solid var(--edge); border-radius: 8px; background: var(--ground); overflow: hidden; }
.picture canvas { display: block; max-width: 100%; height: 180px; object-fit: contain; }
.document { display: flex; align-items: center; gap: 10px; min-height: 44px; max-width: 100%; padding: 6px 14px; border: 1px solid var(--edge); border-radius: 8px; background: var(--ground); text-align: start; }
.document > span { min-width: 0; }
.document .text { display: block; font-weight: 600; }
.document small { color: var(--quiet); }
.card { padding: 12px; border: 1px solid var(--edge); border-radius: 10px; background: var(--ground); }
.card-title { margin: 0 0 6px; font-weight: 700; color: var(--accent); }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 14px; margin: 0; align-items: baseline; }
dt { color: var(--quiet); font-size: 14px; white-space: nowrap; }
dd { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 10px; margin: 0; overflow-wrap: anywhere; }
.copy { min-height: 32px; padding: 2px 10px; border: 1px solid var(--edge); border-radius: 8px; background: var(--soft); font-size: 14px; }
.keep { margin: 10px 0 0; font-size: 14px; color: var(--quiet); }
[data-kind="case"] .keep { color: var(--warn); }
[data-kind="summary"] .option:first-child:enabled { background: var(--accent); color: var(--on-accent); }
.options { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.starters { margin: 0 0 14px; }
.option {
  min-height: 44px; padding: 6px 16px; border: 1.5px solid var(--accent); border-radius: 22px; background: var(--ground); color: var(--accent);
  font-weight: 600; text-align: start;
}
.option svg { width: 20px; height: 20px; margin-inline-end: 6px; vertical-align: -4px; }
@media (hover: hover) { .option:hover:enabled { background: var(--accent); color: var(--on-accent); } }
.option:disabled { border-color: var(--edge); color: var(--quiet); font-weight: 400; }
.urgent .bubble { background: var(--alarm-ground); border-inline-start: 4px solid var(--alarm); }
.numbers { display: grid; gap: 8px; margin-top: 10px; }
.numbers a {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 10px; padding: 10px 16px; border-radius: 10px; background: var(--alarm);
  color: var(--ground); text-decoration: none; font-size: 18px;
}
.numbers span { font-size: 15px; }
.failed { display: flex; flex-wrap: wrap; justify-content: flex-end; align-items: center; gap: 4px 8px; margin-top: 4px; color: var(--alarm); font-size: 14px; max-width: 92%; }
.failed button { min-height: 36px; padding: 2px 12px; border: 1px solid var(--alarm); border-radius: 8px; background: var(--ground); }
.privacy { margin: 0 0 14px; color: var(--quiet); font-size: 14px; }
.privacy summary { display: inline-block; padding: 4px 0; text-decoration: underline; cursor: pointer; }
.privacy p { margin: 4px 0; }
.dots { display: inline-flex; gap: 5px; padding: 14px; border-radius: 4px 14px 14px; background: var(--soft); }
.dots i { width: 8px; height: 8px; border-radius: 50%; background: var(--quiet); animation: breathe 1.2s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .2s; }
.dots i:nth-child(3) { animation-delay: .4s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; } }
.newer { position: absolute; inset: auto 16px 12px auto; display: grid; place-items: center; width: 44px; height: 44px; border: 1px solid var(--edge); border-radius: 50%; background: var(--ground); box-shadow: 0 2px 8px rgb(0 0 0 / .25); }

.composer { border-top: 1px solid var(--edge); padding: 10px 12px calc(10px + env(safe-area-inset-bottom, 0px)); background: var(--ground); }
.line { display: flex; align-items: flex-end; gap: 8px; }
@media (max-width: 600px) { .line { gap: 4px; } }
textarea { flex: 1; min-width: 0; min-height: 44px; max-height: 140px; padding: 9px 14px; border: 1px solid var(--quiet); border-radius: 22px; background: var(--ground); line-height: 1.5; resize: none; }
textarea::placeholder { color: var(--quiet); opacity: 1; }
textarea[aria-invalid="true"] { border-color: var(--alarm); }
.place, .attach, .send { display: grid; place-items: center; width: 44px; height: 44px; flex: none; border: 0; border-radius: 50%; background: transparent; color: var(--accent); }
.send { background: var(--accent); color: var(--on-accent); }
.send svg { fill: currentColor; stroke: none; }
.count { margin: 0 0 6px; color: var(--quiet); font-size: 14px; }
.count.over { color: var(--alarm); font-weight: 600; }

dialog { width: min(400px, calc(100vw - 32px)); padding: 20px; border: 1px solid var(--edge); border-radius: 14px; background: var(--ground); color: var(--ink); font-size: 16px; line-height: 1.6; }
dialog.wide { width: min(900px, calc(100vw - 32px)); }
.large canvas { display: block; max-width: 100%; max-height: calc(100vh - 220px); margin: 0 auto 12px; }
dialog::backdrop { background: rgb(0 0 0 / .55); }
dialog h2 { margin: 0 0 12px; font-size: 18px; }
dialog p { margin: 0 0 12px; }
dialog form { display: flex; flex-direction: column; }
dialog label { font-size: 14px; margin-bottom: 4px; }
dialog input, dialog select { width: 100%; min-height: 44px; margin-bottom: 12px; padding: 6px 12px; border: 1px solid var(--quiet); border-radius: 8px; background: var(--ground); }
dialog input::placeholder { color: var(--quiet); opacity: 1; }
.choices { display: flex; justify-content: flex-end; gap: 10px; }
.primary, .plain { min-height: 44px; padding: 6px 18px; border-radius: 10px; font-weight: 600; border: 1px solid var(--accent); }
.primary { background: var(--accent); color: var(--on-accent); }
.primary:disabled { background: var(--soft); color: var(--quiet); border-color: var(--edge); }
.plain { background: var(--ground); color: var(--accent); }
.here { display: flex; align-items: center; justify-content: center; gap: 8px; margin-bottom: 8px; }
.hint { color: var(--quiet); font-size: 14px; }
.or { text-align: center; color: var(--quiet); font-size: 14px; }
.problem { color: var(--alarm); font-size: 14px; }
.problem:empty { display: none; }

@media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
@media (forced-colors: active) { .bubble, .option, .launcher { border: 1px solid; } }
`;

let shared;

/** The style sheet, made once for the page. */
export function sheet() {
  if (!shared) {
    shared = new CSSStyleSheet();
    shared.replaceSync(CSS + WAITING_CSS);
  }
  return shared;
}
