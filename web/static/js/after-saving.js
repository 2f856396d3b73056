/**
 * A form whose answer prints a whole part anew waits until every form of that part has saved itself: what was
 * typed last would be gone with the fields it stands in. It listens before htmx does, on the way down.
 */

const LOOK_MS = 50;
const PATIENCE_MS = 8000;

const isOpen = (form) => form.dataset.state === "unsaved" || form.classList.contains("htmx-request");

export function mount(form) {
  const part = form.closest("section");
  let timer = 0;
  const open = () => Array.from(part.querySelectorAll("form[data-module~=autosave]")).filter(isOpen);
  const send = (until) => {
    timer = 0;
    if (open().length === 0) form.requestSubmit();
    else if (Date.now() < until) timer = setTimeout(send, LOOK_MS, until);
  };
  const onSubmit = (event) => {
    if (event.target !== form) return;
    const waiting = open();
    if (waiting.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (timer) return;
    for (const each of waiting) if (each.dataset.state === "unsaved") each.dispatchEvent(new CustomEvent("save"));
    timer = setTimeout(send, LOOK_MS, Date.now() + PATIENCE_MS);
  };
  part.addEventListener("submit", onSubmit, true);
  return () => {
    clearTimeout(timer);
    part.removeEventListener("submit", onSubmit, true);
  };
}
