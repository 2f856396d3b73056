/** What a page of a call keeps for itself, where the browser can: the screen on, and its line. */

/** The line is not measured meanwhile, by another tab: it would take it from the call. @returns {() => void} it may be */
export function keepLine() {
  let free = null;
  const over = new Promise((resolve) => (free = resolve));
  navigator.locks?.request("line-check", () => over);
  return free;
}

/** @returns {() => void} let it sleep again */
export function stayAwake() {
  let lock = null;
  const ask = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      lock = await navigator.wakeLock?.request("screen");
    } catch (error) {
      lock = null; // refused on a low battery: the call goes on without it
    }
  };
  ask();
  // The browser lets go of it whenever the page is hidden.
  document.addEventListener("visibilitychange", ask);
  return () => {
    document.removeEventListener("visibilitychange", ask);
    lock?.release();
  };
}
