/**
 * A form that saves itself: two seconds after the last key, and again every few seconds while a save
 * fails. What is typed stays in the form whatever happens; leaving with unsaved words is asked about.
 * htmx carries the saving (the event "save"); without it the form has its button.
 */

const QUIET_MS = 2000;
const AGAIN_MS = 5000;

export function mount(form) {
  let timer = 0;
  let isUnsaved = false;
  const later = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(() => form.dispatchEvent(new CustomEvent("save")), delay);
  };
  const tell = (words) => {
    const place = form.querySelector("[data-part=saved]");
    if (!place) return;
    place.textContent = words;
    place.dataset.state = "open";
  };
  const onInput = (event) => {
    if (event.target.type === "search") return;
    isUnsaved = true;
    tell(form.dataset.unsaved);
    later(QUIET_MS);
  };
  const onBefore = (event) => {
    if (event.target !== form) return;
    clearTimeout(timer);
    isUnsaved = false;
  };
  const onAfter = (event) => {
    if (event.target !== form || event.detail.successful) return;
    isUnsaved = true;
    // 422 is an answer: the form says what is wrong, and asking again would not help.
    if (event.detail.xhr.status === 422) return;
    tell(form.dataset.failed);
    later(AGAIN_MS);
  };
  const onLeave = (event) => {
    if (isUnsaved) event.preventDefault();
  };
  form.addEventListener("input", onInput);
  form.addEventListener("htmx:beforeRequest", onBefore);
  form.addEventListener("htmx:afterRequest", onAfter);
  window.addEventListener("beforeunload", onLeave);
  return () => {
    clearTimeout(timer);
    form.removeEventListener("input", onInput);
    form.removeEventListener("htmx:beforeRequest", onBefore);
    form.removeEventListener("htmx:afterRequest", onAfter);
    window.removeEventListener("beforeunload", onLeave);
  };
}
