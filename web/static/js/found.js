/**
 * What was found for a search, [data-found], and is looked for anew while somebody types on: under a finger it stays
 * as it is, for a press on what has gone leads nowhere. Its field looks again, on the event "again", when the finger
 * has let go.
 */

const UP = ["pointerup", "pointercancel"];

export function watch() {
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { target, requestConfig } = detail;
    if (!target.matches("[data-found]") || !target.querySelector(":active")) return;
    detail.shouldSwap = false;
    const again = () => {
      for (const kind of UP) window.removeEventListener(kind, after);
      if (requestConfig.elt.isConnected) requestConfig.elt.dispatchEvent(new CustomEvent("again"));
    };
    // What is pressed hears of it first.
    const after = () => setTimeout(again, 0);
    for (const kind of UP) window.addEventListener(kind, after);
  });
}
