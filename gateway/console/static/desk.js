// The desk by keyboard: letters do what buttons and links do. None acts while somebody types or a dialog is open.

const marked = "marked";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
  const done = moves[event.key]?.() ?? press(event.key);
  if (done) event.preventDefault();
});

const moves = {
  "/": () => focused(document.querySelector("[role=search] input[type=search]")),
  "?": () => document.getElementById("keys")?.showModal() ?? true,
  j: () => step(1),
  k: () => step(-1),
};

function step(by) {
  const rows = [...document.querySelectorAll(".list tbody tr")];
  if (!rows.length) return false;
  const at = rows.findIndex((row) => row.classList.contains(marked));
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  rows[at]?.classList.remove(marked);
  next.classList.add(marked);
  // The focus moves with the mark: Enter then opens the case, and screen readers say which it is.
  return focused(next.querySelector("td a"));
}

function press(key) {
  const control = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  control?.click();
  return Boolean(control);
}

function focused(element) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
  return Boolean(element);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A form that was refused comes back open.
document.querySelector("[data-reopen]")?.closest("dialog")?.showModal();

// The filters that are saved are those in force, also after htmx has swapped the list.
document.querySelector("[data-query]")?.form.addEventListener("submit", (event) => {
  event.target.elements.query.value = location.search.slice(1);
});
