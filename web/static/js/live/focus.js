/** Whoever works by keys stands on a link or a button: printed anew, the same one has the focus again. */

const MARKS = ["id", "name", "value", "href", "aria-label"];
const STOPS = "a[href], button, summary";

const markOf = (each) => [each.tagName, ...MARKS.map((name) => each.getAttribute(name))].join(" ");

/** Note where the focus is in a part; @returns {() => void} what puts it there again, if it is gone with the part */
export function keepFocus(part) {
  const focused = document.activeElement;
  if (!part.id || !part.contains(focused) || !focused.matches(STOPS)) return () => undefined;
  const mark = markOf(focused);
  return () => {
    const printed = document.getElementById(part.id);
    if (!printed || focused.isConnected) return;
    const same = Array.from(printed.querySelectorAll(STOPS)).find((each) => markOf(each) === mark);
    if (same) same.focus({ preventScroll: true });
  };
}
