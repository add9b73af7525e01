/* Puts the citizen's chat on a page: <script src="https://…/widget.js" data-language="zh-TW"></script>
 *
 * data-language   zh-TW (default) or en
 * data-mode       float (default: a button that opens a panel) or page (fills its container)
 * data-target     CSS selector of the container; default: the end of the page
 * data-position   right (default) or left, for mode float
 * data-open       opens the panel at once
 * data-language-switch   off for a page that has a language switch of its own (element.switchLanguage)
 */
(() => {
  "use strict";
  const script = document.currentScript ?? document.querySelector('script[src*="/widget.js"]');
  const server = new URL(".", script.src);
  const { language, languageSwitch, mode, target, position, open } = script.dataset;

  function attach() {
    if (!target && document.querySelector("wst-chat")) return;
    const chat = document.createElement("wst-chat");
    const pageIsEnglish = document.documentElement.lang.toLowerCase().startsWith("en");
    chat.setAttribute("server", server.href);
    chat.setAttribute("language", language ?? (pageIsEnglish ? "en" : "zh-TW"));
    chat.setAttribute("mode", mode === "page" ? "page" : "float");
    chat.setAttribute("position", position === "left" ? "left" : "right");
    if (languageSwitch) chat.setAttribute("language-switch", languageSwitch);
    if (open !== undefined && open !== "false") chat.setAttribute("open", "");
    ((target && document.querySelector(target)) || document.body).append(chat);
  }

  async function start() {
    const { WstChat } = await import(new URL("static/widget/chat.js", server));
    if (!customElements.get("wst-chat")) customElements.define("wst-chat", WstChat);
    attach();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
