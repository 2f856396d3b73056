/** A line in use is not measured: a check would take it from the call. */

/** No other tab measures it from now on. @returns {() => void} they may again */
export function keepLine() {
  let free = null;
  const over = new Promise((resolve) => (free = resolve));
  navigator.locks?.request("line-check", () => over);
  return free;
}
