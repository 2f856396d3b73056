/** Looks at a line, and what the ladder makes of them. */
import { began, step } from "../../../web/static/js/call/ladder.js";

export const look = (more = {}) => ({ kbps: null, rtt: 100, loss: 0, probe: null, isDark: false, ...more });
export const LATER = 7000; // past the grace in which the estimate is not believed

/** The state after so many looks a second apart, the first one at `from`. */
export function after(state, seconds, seen, from = LATER, best = undefined) {
  let now = state;
  for (let second = 0; second < seconds; second += 1) now = step(now, seen(second), from + second * 1000, best);
  return now;
}

/** The state of a line that was good and now carries so much, with a queue. */
export function fallen(kbps) {
  const good = step(began(0), look({ kbps: 900 }), LATER - 1000);
  return after(good, 2, () => look({ kbps, rtt: 700 }));
}
