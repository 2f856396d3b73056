/**
 * A record is signed as it stands on the page: pressing the button first lets every part save itself
 * and the signature be printed anew for what was saved. Without that, the last words typed would meet
 * the signature half-way, and it would be refused as being for an older record.
 */

const LOOK_MS = 50;
/** A save on a thin line takes seconds; a button that gives up in silence would be pressed for nothing. */
const PATIENCE_MS = 12000;

const partsOf = (record) => Array.from(record.querySelectorAll("form[data-module~=autosave]"));
const isOpen = (part) => part.dataset.state === "unsaved" || part.classList.contains("htmx-request");

/** Say whether everything is saved, no two texts wait for a choice, and the signature is for what the page shows. */
function isSettled(record, seen) {
  if (record.querySelector(".clash")) return false;
  const versions = Array.from(record.querySelectorAll(".save [name=version]"), (each) => Number(each.value));
  return !partsOf(record).some(isOpen) && versions.reduce((sum, each) => sum + each, 0) === Number(seen);
}

// The form is printed anew while one waits for it: one wait at a time, whichever form began it.
let timer = 0;

function send(record, until) {
  timer = 0;
  const form = record.querySelector("form[data-module~=sign]");
  if (!form) return;
  // What htmx has just printed it takes up a moment later.
  if (isSettled(record, form.dataset.seen) && !form.closest(".htmx-added")) form.requestSubmit();
  else if (Date.now() < until) wait(record, until);
  else giveUp(record, form);
}

/** What holds the signature back is what one is led to. */
function giveUp(record, form) {
  show(form, false);
  const choice = record.querySelector(".clash button");
  if (choice) choice.focus();
}

function wait(record, until) {
  timer = setTimeout(send, LOOK_MS, record, until);
}

function show(form, isBusy) {
  const button = form.querySelector("button[type=submit], button:not([type])");
  if (isBusy) button.dataset.state = "busy";
  else delete button.dataset.state;
}

export function mount(form) {
  const record = document.getElementById("case");
  const onSubmit = (event) => {
    if (event.target !== form || isSettled(record, form.dataset.seen)) return;
    event.preventDefault();
    event.stopPropagation();
    if (record.querySelector(".clash")) return giveUp(record, form);
    show(form, true);
    if (timer) return;
    for (const part of partsOf(record)) {
      if (part.dataset.state === "unsaved") part.dispatchEvent(new CustomEvent("save"));
    }
    wait(record, Date.now() + PATIENCE_MS);
  };
  // On the way down: before htmx, which sends the form beside a call.
  record.addEventListener("submit", onSubmit, true);
  return () => record.removeEventListener("submit", onSubmit, true);
}
