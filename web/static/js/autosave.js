/**
 * A form that saves itself: two seconds after the last key or when one leaves the field, and again
 * every few seconds while saving fails. What is typed stays in the form whatever happens; leaving the
 * page with unsaved words is asked about. htmx carries the saving, on the event "save"; until it is done,
 * data-state says "unsaved" to whoever must wait for it.
 */

const QUIET_MS = 2000;
const AGAIN_MS = 5000;

export function mount(form) {
  let timer = 0;
  let isTyped = false;
  let isPressing = false;
  const isUnsaved = () => form.dataset.state === "unsaved";
  const setUnsaved = (on) => {
    if (on) form.dataset.state = "unsaved";
    else delete form.dataset.state;
  };
  const save = () => form.dispatchEvent(new CustomEvent("save"));
  const later = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  };
  const tell = (words) => {
    const place = form.querySelector("[data-part=saved]");
    if (!place) return;
    place.textContent = words;
    place.dataset.state = "open";
  };
  const heard = {
    input(event) {
      if (event.target.type === "search") return;
      isTyped = true;
      setUnsaved(true);
      tell(form.dataset.unsaved);
      later(QUIET_MS);
    },
    // A button being pressed sends the form itself; a save in between would take the button away.
    change() {
      if (isTyped && !isPressing) save();
    },
    pointerdown(event) {
      isPressing = Boolean(event.target.closest("button"));
      if (isPressing) clearTimeout(timer);
    },
    "htmx:beforeRequest": (event) => {
      if (event.target !== form) return;
      clearTimeout(timer);
      isTyped = false;
    },
    "htmx:afterRequest": (event) => {
      if (event.target !== form) return;
      setUnsaved(isTyped || !event.detail.successful);
      // 422 is an answer: the form says what is wrong, and asking again would not help.
      if (event.detail.successful || event.detail.xhr.status === 422) return;
      tell(form.dataset.failed);
      later(AGAIN_MS);
    },
  };
  const onRelease = () => setTimeout(() => (isPressing = false), 0);
  const onLeave = (event) => {
    if (isUnsaved()) event.preventDefault();
  };
  for (const [name, listener] of Object.entries(heard)) form.addEventListener(name, listener);
  window.addEventListener("pointerup", onRelease);
  window.addEventListener("beforeunload", onLeave);
  return () => {
    clearTimeout(timer);
    for (const [name, listener] of Object.entries(heard)) form.removeEventListener(name, listener);
    window.removeEventListener("pointerup", onRelease);
    window.removeEventListener("beforeunload", onLeave);
  };
}
