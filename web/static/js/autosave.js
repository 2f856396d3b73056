/**
 * A part that saves itself: two seconds after the last key or when one leaves it (a measurement only then: half
 * a number is none), and again every few seconds while saving fails. What is typed stays in its fields and, until
 * the server has it, sealed on this machine. htmx carries the saving, on the event "save"; until it is done,
 * data-state says "unsaved" to whoever must wait for it.
 */

const QUIET_MS = 2000;
const AGAIN_MS = 5000;
// Answers that will not change by asking again.
const FINAL = [409, 413, 422];

/** A module may come seconds after its form: words typed meanwhile are not the ones that came with it. */
function wasTypedIn(form) {
  const isTyped = (each) => !["hidden", "search"].includes(each.type) && each.value !== each.defaultValue;
  return Array.from(form.querySelectorAll("input, textarea")).some(isTyped);
}

export function mount(form) {
  const savesOnLeave = form.dataset.save === "leave";
  let timer = 0;
  let isTyped = false;
  let isPressing = false;
  let keeper = null;
  /** Texts that were sent and never answered: the server may have them. */
  let unanswered = [];
  const isUnsaved = () => form.dataset.state === "unsaved";
  const setUnsaved = (on) => {
    if (on) form.dataset.state = "unsaved";
    else delete form.dataset.state;
  };
  const isInside = (element) => Boolean(element) && form.contains(element);
  const isHalfTyped = () => savesOnLeave && isTyped && isInside(document.activeElement);
  const save = () => (isHalfTyped() ? later(AGAIN_MS) : form.dispatchEvent(new CustomEvent("save")));
  const later = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  };
  const tell = (words) => {
    const place = form.querySelector("[data-part=saved]");
    if (!place || !words) return;
    place.textContent = words;
    place.dataset.state = "open";
  };
  const typed = () => {
    isTyped = true;
    setUnsaved(true);
    tell(form.dataset.unsaved);
    const at = form.querySelector("[data-part=at]");
    if (at) at.value = new Date().toISOString();
    if (keeper) keeper.typed();
  };
  const saved = () => {
    unanswered = [];
    if (!isTyped && keeper) keeper.acknowledged();
  };
  const failed = (status, code) => {
    const text = form.querySelector("textarea");
    if (!status && text) unanswered.push(text.value);
    if (status === 422) return; // the answer says what is wrong
    tell(code === "visit-closed" ? form.dataset.closed : form.dataset.failed);
    if (!FINAL.includes(status)) later(AGAIN_MS);
  };
  const isOwn = (event) => event.target === form || event.target.name === "keep";
  const heard = {
    input(event) {
      if (event.target.type === "search") return;
      typed();
      if (!savesOnLeave) later(QUIET_MS);
    },
    // A button being pressed sends the form itself; a save in between would take the button away.
    change() {
      if (isTyped && !isPressing && !savesOnLeave) save();
    },
    focusout(event) {
      if (savesOnLeave && isTyped && !isPressing && !isInside(event.relatedTarget)) later(0);
    },
    pointerdown(event) {
      isPressing = Boolean(event.target.closest("button"));
      if (isPressing) clearTimeout(timer);
    },
    "htmx:configRequest": (event) => {
      if (isOwn(event) && unanswered.length) event.detail.parameters.before = unanswered;
    },
    "htmx:beforeRequest": (event) => {
      if (!isOwn(event)) return;
      clearTimeout(timer);
      isTyped = false;
    },
    // The answer may take this very part off the page, so what it says is noted before.
    "htmx:beforeOnLoad": (event) => {
      if (isOwn(event) && event.detail.xhr.status < 300) saved();
    },
    "htmx:afterRequest": (event) => {
      if (!isOwn(event)) return;
      const { successful, xhr } = event.detail;
      setUnsaved(isTyped || !successful);
      if (!successful) failed(xhr.status, xhr.getResponseHeader("X-Error"));
    },
  };
  const again = () => isUnsaved() && !document.hidden && save();
  const onRelease = () => setTimeout(() => (isPressing = false), 0);
  const onLeave = (event) => {
    if (isUnsaved() && !(keeper && keeper.isSafe())) event.preventDefault();
  };
  for (const [name, listener] of Object.entries(heard)) form.addEventListener(name, listener);
  const around = { pointerup: onRelease, beforeunload: onLeave, online: again, focus: again };
  for (const [name, listener] of Object.entries(around)) window.addEventListener(name, listener);
  if (wasTypedIn(form)) heard.input({ target: form });
  if (form.dataset.draft && document.getElementById("drafts")) begin();

  async function begin() {
    const { keep } = await import("./drafts/keep.js");
    const restored = () => {
      setUnsaved(true);
      save();
    };
    keeper = await keep(form, { isPrinted: true, onRestore: restored });
    // Typed before the keeper was there, and perhaps sent in vain meanwhile: what the server lacks is kept.
    if (isUnsaved()) keeper.typed();
  }

  return () => {
    clearTimeout(timer);
    if (keeper) keeper.dispose();
    for (const [name, listener] of Object.entries(heard)) form.removeEventListener(name, listener);
    for (const [name, listener] of Object.entries(around)) window.removeEventListener(name, listener);
  };
}
