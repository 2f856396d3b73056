/** An open page checks the line by itself before an appointment; whoever works on it is not disturbed. */
import { runCheck } from "./run.js";

/** @param {HTMLElement} root */
export function mount(root) {
  const { begin, csrf, seconds } = root.dataset;
  const check = () => runCheck({ begin, csrf, byItself: true }).catch(() => null); // the next page tries again
  // Several tabs of one computer would measure each other.
  const alone = (lock) => (lock ? check() : null);
  const run = () => (navigator.locks ? navigator.locks.request("line-check", { ifAvailable: true }, alone) : check());
  // Timers of a hidden page are slowed down: what it measured would be the browser, not the line.
  const due = () => (document.hidden ? document.addEventListener("visibilitychange", run, { once: true }) : run());
  const timer = setTimeout(due, Number(seconds) * 1000);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", run);
  };
}
