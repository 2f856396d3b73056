/** The form files are sent with: each goes by itself as soon as it is chosen, and nobody waits for it. */
import { copyOf, part, write } from "../call/view.js";
import { fill } from "./words.js";
import { Sending } from "./sender.js";

const OVER = ["done", "failed", "expired"];

/** @param {HTMLFormElement} form with data-announce, data-upload, data-source, data-words */
export function mount(form) {
  if (!window.crypto?.subtle) return undefined; // without TLS the form sends by itself
  const words = JSON.parse(form.dataset.words);
  const input = form.querySelector("input[type=file]");
  const list = part(form, "items");
  const safe = part(form, "safe");
  const open = new Map();
  // A photo is of whoever this page was made for, not of whoever signed in since; a patient's page names nobody.
  const owner = document.getElementById("drafts");
  const actingAs = owner ? { "X-Acting-As": owner.dataset.owner } : {};
  const attachUrl = `${form.getAttribute("action")}?source=${form.dataset.source}`;
  const ways = {
    announceUrl: form.dataset.announce,
    uploadUrl: form.dataset.upload,
    attachUrl,
    headers: () => ({ "X-CSRF-Token": form.elements.csrf_token.value, ...actingAs }),
  };
  part(form, "plain").hidden = true;
  part(form, "pick").dataset.state = "ready";

  function choose() {
    const said = {};
    for (const name of ["kind", "caption"]) {
      if (form.elements[name]?.value) said[name] = form.elements[name].value;
    }
    for (const file of [...input.files]) add(file, said);
    input.value = "";
    if (form.elements.caption) form.elements.caption.value = "";
  }

  function add(file, said) {
    const item = copyOf(form, "item");
    write(part(item, "name"), file.name);
    list.append(item);
    list.hidden = false;
    const thumb = part(item, "thumb");
    if (file.type.startsWith("image/")) {
      thumb.src = URL.createObjectURL(file);
      thumb.onload = () => URL.revokeObjectURL(thumb.src);
      // What is no picture after all keeps the drawn one.
      thumb.onerror = () => {
        thumb.hidden = true;
      };
      thumb.hidden = false;
    }
    const sending = new Sending(file, ways, said, (step) => paint(item, step));
    part(item, "retry").onclick = () => sending.start();
    part(item, "drop").onclick = () => drop(item);
  }

  function paint(item, step) {
    open.set(item, !OVER.includes(step.state));
    item.dataset.state = step.state;
    const isOver = OVER.includes(step.state);
    part(item, "bar").value = step.percent;
    part(item, "bar").hidden = isOver;
    const text = step.detail ?? fill(words[step.state], { percent: step.percent });
    write(part(item, "state"), text);
    // What the server refused in words is refused again; only what did not get through is worth another try.
    part(item, "retry").hidden = !isOver || step.state === "done" || Boolean(step.detail);
    part(item, "drop").hidden = !isOver || step.state === "done";
    count();
    if (step.state === "done") form.dispatchEvent(new CustomEvent("attached", { bubbles: true }));
  }

  function drop(item) {
    open.delete(item);
    item.remove();
    list.hidden = list.children.length === 0;
    count();
    input.focus();
  }

  function count() {
    const left = [...open.values()].filter(Boolean).length;
    safe.hidden = left === 0;
    write(safe, left ? fill(words.left, { count: left }) : "");
  }

  input.addEventListener("change", choose);
  // Chosen before this module had come: they go now.
  if (input.files.length) choose();
  return () => input.removeEventListener("change", choose);
}
