/** What is asked in a window of its own; the browser keeps the focus inside and closes on Esc. */
import { el, icon } from "./dom.js";

const LOCATE_MS = 15_000;
const ADDRESS_MAX = 200;

/** Ask yes or no. */
export function confirm(root, say, question, yes) {
  return new Promise((resolve) => {
    const dialog = el(
      "dialog",
      { role: "alertdialog", "aria-labelledby": "wst-question" },
      el("p", { id: "wst-question" }, question),
      el(
        "div",
        { class: "choices" },
        el("button", { type: "button", class: "plain", onclick: () => dialog.close() }, say("cancel")),
        el("button", { type: "button", class: "primary", onclick: () => dialog.close("yes") }, yes),
      ),
    );
    show(root, dialog, () => resolve(dialog.returnValue === "yes"));
  });
}

/** Ask for a place: resolves to {location}, {text} or null. */
export function askPlace(root, say, language, districts) {
  return new Promise((resolve) => {
    let place = null;
    const problem = el("p", { class: "problem", role: "alert" });
    const choose = el("select", { id: "wst-district" }, el("option", { value: "" }, say("place_choose")));
    const address = el("input", { id: "wst-address", type: "text", maxlength: ADDRESS_MAX, placeholder: say("place_address_hint"), autocomplete: "street-address" });
    const done = (found) => {
      place = found;
      dialog.close();
    };
    const here = el("button", { type: "button", class: "primary here", onclick: () => locate(say, problem, done) }, icon("place"), say("place_here"));
    const submit = (event) => {
      event.preventDefault();
      const text = [choose.value, address.value.trim()].filter(Boolean).join(" ");
      if (text) done({ text });
      else problem.textContent = say("place_missing");
    };
    const dialog = el(
      "dialog",
      { "aria-labelledby": "wst-place" },
      el(
        "form",
        { onsubmit: submit },
        el("h2", { id: "wst-place" }, say("place_title")),
        here,
        el("p", { class: "hint" }, say("place_here_hint")),
        el("p", { class: "or" }, say("place_or")),
        el("label", { for: "wst-district" }, say("place_district")),
        choose,
        el("label", { for: "wst-address" }, say("place_address")),
        address,
        problem,
        el(
          "div",
          { class: "choices" },
          el("button", { type: "button", class: "plain", onclick: () => dialog.close() }, say("cancel")),
          el("button", { type: "submit", class: "primary" }, say("place_send")),
        ),
      ),
    );
    if (!window.isSecureContext || !navigator.geolocation) {
      here.disabled = true;
      problem.textContent = say("place_insecure");
    }
    districts().then(
      (all) => choose.append(...all.map(({ zh, en }) => el("option", { value: zh }, language === "en" ? `${en} ${zh}` : zh))),
      () => (problem.textContent = say("place_no_districts")),
    );
    show(root, dialog, () => resolve(place));
  });
}

/** A picture as large as the window allows; `save` downloads it. */
export function showPicture(root, say, name, canvas, save) {
  const dialog = el(
    "dialog",
    { class: "wide", "aria-label": name },
    el("div", { class: "large" }, canvas),
    el("p", { class: "text" }, name),
    el(
      "div",
      { class: "choices" },
      el("button", { type: "button", class: "plain", onclick: save }, say("download")),
      el("button", { type: "button", class: "primary", onclick: () => dialog.close() }, say("close_picture")),
    ),
  );
  show(root, dialog, () => {});
}

function locate(say, problem, done) {
  problem.textContent = say("place_finding");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => done({ location: { lat: coords.latitude, lng: coords.longitude } }),
    (error) => {
      const denied = error.code === error.PERMISSION_DENIED;
      problem.textContent = say(denied ? "place_denied" : "place_failed");
    },
    { timeout: LOCATE_MS, maximumAge: 0, enableHighAccuracy: true },
  );
}

/** Show a window of one's own making; `closed` is called when it has gone. */
export function show(root, dialog, closed) {
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  root.append(dialog);
  dialog.showModal();
}
