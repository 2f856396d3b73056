/**
 * Keeps what is typed into a form that is sent as a whole, and sends nothing itself: after an expired sign-in, a
 * reload or a power cut the words are back. They go when the server has answered by leading on, or by a new part.
 */
import { noteSent } from "./sent.js";

export function mount(form) {
  let keeper = null;
  let isTyped = false;
  if (!form.dataset.draft) form.dataset.draft = new URL(form.getAttribute("action") || "", location.href).pathname;
  const forget = form.querySelector("[data-part=forget]");
  const typed = () => {
    isTyped = true;
    if (form.dataset.state !== "busy") form.dataset.state = "unsaved";
    if (keeper) keeper.typed();
  };
  const isOwn = (event) => event.target === form;
  const heard = {
    input: typed,
    change: typed,
    submit: () => form.hasAttribute("hx-post") || noteSent(form.dataset.draft),
    // The answer may take this very form off the page.
    "htmx:beforeOnLoad": (event) => isOwn(event) && event.detail.xhr.status < 300 && keeper && keeper.acknowledged(),
  };
  for (const [name, listener] of Object.entries(heard)) form.addEventListener(name, listener);
  if (forget) forget.onclick = () => (keeper ? keeper.acknowledged() : Promise.resolve()).then(() => location.reload());
  if (document.getElementById("drafts")) begin();

  async function begin() {
    const { keep } = await import("./keep.js");
    place();
    keeper = await keep(form, { isPrinted: false, onRestore: () => forget && (forget.hidden = false) });
    if (isTyped) keeper.typed();
  }

  /** Where it is said that words came back, in forms that have no place of their own for it. */
  function place() {
    if (form.querySelector("[data-part=restored]")) return;
    const note = document.createElement("p");
    note.classList.add("state", "state--soon");
    note.hidden = true;
    note.dataset.part = "restored";
    note.setAttribute("role", "status");
    form.prepend(note);
  }

  return () => {
    if (keeper) keeper.dispose();
    for (const [name, listener] of Object.entries(heard)) form.removeEventListener(name, listener);
  };
}
