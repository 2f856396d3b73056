/**
 * Whoever works by keys stands on a link or a button: printed anew, the same one has the focus again. A
 * question open in a part that does not wait for it, a ring's, stays open there as long as it is asked.
 */

const MARKS = ["id", "name", "value", "href", "aria-label"];
const STOPS = "a[href], button, summary";
const QUESTIONS = 'details[data-module~="menu"]';

const formOf = (each) => (each.matches("summary") ? each.parentElement.querySelector("form") : each.form);

/** What tells it from the others: of several rings each has its own address to answer at. */
function markOf(each) {
  const form = formOf(each);
  const marks = MARKS.map((name) => each.getAttribute(name));
  return [each.tagName, ...marks, form && form.getAttribute("action")].join(" ");
}

const questionsIn = (part, asked = "") =>
  Array.from(part.querySelectorAll(`${QUESTIONS}${asked} > summary`), (each) => [markOf(each), each.parentElement]);

/** Note what is open and has the focus in a part; @returns {() => void} what restores it, printed anew */
export function keepFocus(part) {
  if (!part.id) return () => undefined;
  const open = questionsIn(part, "[open]").map(([mark]) => mark);
  const focused = document.activeElement;
  const mark = part.contains(focused) && focused.matches(STOPS) ? markOf(focused) : "";
  return () => {
    const printed = document.getElementById(part.id);
    if (!printed || part.isConnected) return;
    for (const [each, question] of questionsIn(printed)) {
      if (open.includes(each)) question.open = true;
    }
    if (!mark || focused.isConnected) return;
    const same = Array.from(printed.querySelectorAll(STOPS)).find((each) => markOf(each) === mark);
    if (same) same.focus({ preventScroll: true });
  };
}
