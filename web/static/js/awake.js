/**
 * A button that does nothing before its script has come is printed disabled, with data-asleep and a word why
 * beside it: whoever presses early is told, and no press is lost.
 */

/** What stands in `root`, and in no module within it, works from now on. @param {HTMLElement} root */
export function wake(root) {
  for (const part of root.querySelectorAll("[data-asleep]")) {
    const owner = part.closest("[data-module]");
    if (owner && owner !== root && root.contains(owner)) continue;
    if (part.matches("button")) part.disabled = false;
    else part.hidden = true;
    delete part.dataset.asleep;
  }
}
