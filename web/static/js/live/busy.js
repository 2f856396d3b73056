/** When a part that would print itself anew has to wait for the person before it. */

/**
 * A half-typed field, an open question, what a finger is on and a form on its way are left alone. What
 * rings waits for the last two only: a ring that is over goes at once, whatever is open on it.
 */
export function isBusy(part) {
  if (part.querySelector(':active, form[data-state="busy"]')) return true;
  if (part.hasAttribute("data-live-at-once")) return false;
  if (part.querySelector('details[open][data-module~="menu"]')) return true;
  const focused = document.activeElement;
  return part.contains(focused) && focused.matches("input:not([type=hidden]), textarea, select, dialog *");
}

/** What nobody looks at may wait, except for what has to be heard from a hidden tab. */
export function isAsleep(part) {
  return document.hidden && !part.hasAttribute("data-live-hidden");
}

/** Whether an answer would lead away from the page while a form that somebody sent is on its way. */
export function leadsAway({ elt, xhr }) {
  const isLed = elt.matches("[data-live]") && xhr.getResponseHeader("HX-Redirect");
  return Boolean(isLed && document.querySelector('form[data-state="busy"]'));
}
