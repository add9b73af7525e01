// What every page of the console does by itself: dialogs, ticked rows, the menu. All of it works by delegation,
// so that what htmx swaps in needs no setting up.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    show(document.getElementById(opener.dataset.opens));
    if (opener.dataset.fills) document.getElementById(opener.dataset.fills).value = opener.dataset.with;
  }
  // A click on the backdrop has the dialog itself as its target.
  if (event.target instanceof HTMLDialogElement && outside(event.target, event)) event.target.close();
});

// Whoever opens a dialog by a key types on: its first field is where they are, not the button that closes it.
function show(dialog) {
  dialog.showModal();
  dialog.querySelector("form:not([method=dialog]) :is(input:not([type=hidden]), select, textarea, button)")?.focus();
}

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-ticks]");
  const list = event.target.closest(".list");
  if (!list) return;
  if (all) for (const box of boxes(list)) box.checked = all.checked;
  tell(list);
});

// Filters that are not set stay out of the address.
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (!sourceElement.matches(".filters")) return;
  for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
});

document.addEventListener("htmx:after:swap", () => {
  for (const list of document.querySelectorAll(".list")) tell(list);
});

function boxes(list) {
  return list.querySelectorAll("td.tick input");
}

function tell(list) {
  const every = [...boxes(list)];
  const ticked = every.filter((box) => box.checked).length;
  const all = list.querySelector("[data-ticks]");
  if (all) {
    all.checked = ticked > 0 && ticked === every.length;
    all.indeterminate = ticked > 0 && ticked < every.length;
  }
  const count = document.querySelector(`[data-ticked="${list.id}"]`);
  if (count) count.textContent = ticked;
}

function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}
