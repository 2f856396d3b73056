/** A <details> in a part that prints itself again stays as the person left it. */
const left = new Map();

export function mount(details) {
  if (left.has(details.id)) details.open = left.get(details.id);
  const onToggle = () => left.set(details.id, details.open);
  details.addEventListener("toggle", onToggle);
  return () => details.removeEventListener("toggle", onToggle);
}
