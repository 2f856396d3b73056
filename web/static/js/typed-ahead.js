/**
 * The search field of a part that prints itself anew when something is picked. Picking empties it at once; what
 * is typed while the answer is on its way stands in the field that comes with the answer, and is looked for.
 */

const left = new Map();

export function mount(input) {
  let sent = input.value;
  const onRequest = ({ target, detail }) => {
    if (target !== input.form) return;
    if (detail.requestConfig?.triggeringEvent?.submitter?.name === "pick") input.value = "";
    sent = input.value;
  };
  input.form.addEventListener("htmx:beforeRequest", onRequest);
  if (left.has(input.id)) {
    const since = input.value === input.defaultValue ? "" : input.value;
    input.value = left.get(input.id) + since;
    left.delete(input.id);
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return () => {
    input.form?.removeEventListener("htmx:beforeRequest", onRequest);
    if (input.value !== sent && document.activeElement === input) left.set(input.id, input.value);
  };
}
