/** Keep the screen on during a call, where the browser can. */

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
