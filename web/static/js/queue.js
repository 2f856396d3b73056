/**
 * The doctor's queue: j and k walk through the rows, Enter opens the one in focus (it is a link).
 * Once a minute the list is fetched again, so that waiting times stay true.
 */

const EVERY_MS = 60000;

/** Return where a key leads from row `at` (-1: none yet) among `count` rows; null: nowhere. */
export function stepTo(key, at, count) {
  const step = { j: 1, k: -1 }[key];
  if (!step || !count) return null;
  if (at < 0) return step > 0 ? 0 : count - 1;
  return Math.min(Math.max(at + step, 0), count - 1);
}

function isTyping(target) {
  return target.matches && target.matches("input, textarea, select, [contenteditable]");
}

export function mount(root) {
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const rows = Array.from(root.querySelectorAll("[data-part=open]"));
    const next = stepTo(event.key, rows.indexOf(document.activeElement), rows.length);
    if (next === null) return;
    rows[next].focus();
    event.preventDefault();
  };
  const timer = setInterval(() => {
    if (!document.hidden) root.dispatchEvent(new CustomEvent("live"));
  }, EVERY_MS);
  document.addEventListener("keydown", onKey);
  return () => {
    clearInterval(timer);
    document.removeEventListener("keydown", onKey);
  };
}
