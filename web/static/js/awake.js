/**
 * A button that does nothing before its script has come is printed disabled, with data-asleep and a word why
 * beside it: whoever presses early is told, and no press is lost.
 */

/** What stands in `root` works from now on. @param {HTMLElement} root */
export function wake(root) {
  for (const part of root.querySelectorAll("[data-asleep]")) {
    if (part.disabled) part.disabled = false;
    else part.hidden = true;
    delete part.dataset.asleep;
  }
}
