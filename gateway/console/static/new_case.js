// The form of a new case: items that fit the words so far, and the questions of the item that is chosen.

const form = document.getElementById("new-case");
const { description, item_code: item } = form.elements;
let asked = 0;

async function help() {
  const mine = ++asked;
  const query = new URLSearchParams({ description: description.value, item_code: item.value });
  const answer = await fetch(`/console/cases/new/help?${query}`);
  if (!answer.ok || mine !== asked) return;
  const told = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("guesses").replaceWith(told.getElementById("guesses"));
  // Answers that were given already are kept while the item stays.
  if (document.getElementById("questions").dataset.of !== item.value) {
    document.getElementById("questions").replaceWith(told.getElementById("questions"));
    document.getElementById("questions").dataset.of = item.value;
  }
}

let waiting;
description.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(help, 500);
});
item.addEventListener("change", help);
document.getElementById("questions").dataset.of = item.value;
form.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-item]")?.dataset.item;
  if (!chosen) return;
  item.value = chosen;
  item.focus();
  help();
});
