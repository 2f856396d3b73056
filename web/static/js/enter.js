/** Enter moves on to the next field of a long form, as it does in the programs stations type into all day. */

export function mount(form) {
  const onKey = (event) => {
    const { target } = event;
    if (event.key !== "Enter" || event.isComposing || target.tagName !== "INPUT" || target.type === "search") return;
    const fields = Array.from(form.querySelectorAll("input:not([type=hidden]), textarea, select, button"));
    const next = fields.slice(fields.indexOf(target) + 1).find((each) => !each.disabled && each.getClientRects().length);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  form.addEventListener("keydown", onKey);
  return () => form.removeEventListener("keydown", onKey);
}
