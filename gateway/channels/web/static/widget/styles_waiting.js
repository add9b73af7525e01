/** Looks of votes, call-backs and the control of notifications. */

export const WAITING_CSS = `
.thumbs { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; margin-top: 8px; }
.thumb { display: grid; place-items: center; min-width: 44px; min-height: 36px; padding: 4px; border: 1px solid transparent; border-radius: 10px; background: transparent; color: var(--quiet); }
.thumb svg { width: 20px; height: 20px; }
.thumb.down svg { transform: rotate(180deg); }
.thumb[aria-pressed="true"] { border-color: var(--accent); background: var(--ground); color: var(--accent); }
.thumb[aria-pressed="true"] svg { fill: currentColor; }
@media (hover: hover) { .thumb:hover { border-color: var(--edge); } }
.thumbs .told { color: var(--quiet); font-size: 14px; }
.why { flex: 1 0 100%; margin-top: 4px; font-size: 15px; }
.why .reasons, .why .words { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 6px; }
.why .reason { min-height: 44px; padding: 4px 12px; border: 1px solid var(--quiet); border-radius: 22px; background: var(--ground); color: inherit; }
.why .reason[aria-pressed="true"] { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.why input { flex: 1 1 10em; min-width: 0; min-height: 44px; padding: 6px 12px; border: 1px solid var(--quiet); border-radius: 8px; background: var(--ground); color: inherit; font: inherit; }
.why .primary { min-height: 44px; padding: 4px 16px; border: 0; border-radius: 8px; background: var(--accent); color: var(--on-accent); }
.call-back { display: flex; flex-direction: column; }
.call-back label { display: block; margin: 0 0 10px; }
.call-back dl { grid-template-columns: 1fr; gap: 0; margin: 0 0 10px; }
.call-back dd { margin: 0 0 8px; }
.call-back input, .call-back select { display: block; width: 100%; min-height: 44px; margin: 4px 0 0; padding: 6px 12px; border: 1px solid var(--quiet); border-radius: 8px; background: var(--ground); accent-color: auto; }
.call-back textarea { border-radius: 8px; }
.call-back small { display: block; color: var(--quiet); font-size: 13px; }
.call-back .plain { background: var(--ground); color: var(--accent); border: 1px solid var(--accent); }
.call-back .primary { background: var(--accent); color: var(--on-accent); }
.on-line-words { margin: 8px 0; padding: 10px 12px; border: 1px dashed var(--quiet); border-radius: 8px; font-size: 20px; font-weight: 600; letter-spacing: .04em; text-align: center; user-select: all; }
.on-line-code { display: block; width: 180px; height: 180px; margin: 8px auto; border-radius: 8px; background: #fff; }
.choices a.primary { display: grid; place-items: center; text-decoration: none; }
.bubble > .own { margin-top: 10px; }
.notify { margin: 0; padding: 0 16px; background: var(--soft); border-bottom: 1px solid var(--edge); font-size: 14px; }
.notify button { min-height: 44px; padding: 4px 0; border: 0; background: transparent; color: var(--accent); font: inherit; text-decoration: underline; cursor: pointer; }
.notify span { color: var(--warn); }
@media (forced-colors: active) { .thumb[aria-pressed="true"] { outline: 2px solid; } }
`;
