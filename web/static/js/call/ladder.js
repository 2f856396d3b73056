/**
 * What we send one peer, decided by what the way to them carries: down within seconds, up only on proof,
 * never to and fro. Pure. The floors are those measured for this program; a queue of more than 1.5 s leaves
 * sound alone whatever the browser thinks the line carries.
 */
import { hasPicture, ORDER, rank } from "./levels.js";
import { LEVEL, WHY } from "./protocol.js";

/** kbit/s a line must carry for each, the voice included. */
const FLOOR = { high: 350, medium: 150, low: 110, stills: 80, audio: 0, phone: 0 };
const [ESTIMATE_MARGIN, PROBE_MARGIN] = [1.15, 1.3]; // a burst is short: it flatters
const MAX_RTT = 1500;
const QUEUE = 250; // ms above the shortest round trip seen
const CRASH = 0.45; // of the best estimate of the last seconds
const CONGESTED = 12; // percent lost
const CALM_RTT = 600;
const SURE = 2; // looks, and probes, that must agree
const GRACE = 6000; // the browser's estimate needs this long to follow what is sent
const STEADY = 10_000;
const PROBE_EVERY = 5000;
const MAX_PROBE_EVERY = 60_000;
const DEAF = { rtt: 3000, loss: 40, for: 10_000 };

/**
 * @typedef {object} Look what is known of the way now; null: nobody can tell
 * @property {number | null} kbps what the browser thinks the line carries; null too at sound alone
 * @property {number | null} rtt in ms
 * @property {number | null} loss in percent
 * @property {number | null} probe kbit/s of a burst that was just answered, 0 for one that was not
 * @property {boolean} isDark nothing arrives at all: the line is cut, which says nothing of what it carries
 *
 * @typedef {object} State
 * @property {string} level
 * @property {string} reason
 * @property {number} at when it began, or rose last, in ms
 * @property {boolean} rose whether it came here from a lower level
 * @property {number} base the shortest round trip seen, in ms
 * @property {number} peak the best estimate of the last seconds, in kbit/s
 * @property {number} bad looks in a row that asked for less
 * @property {number | null} since when looks began to promise more
 * @property {string[]} hopes what the last probes promised
 * @property {number} every ms between probes
 * @property {number | null} deaf since when hardly sound gets through
 */

/** @param {number} now @returns {State} */
export const began = (now) => ({
  level: LEVEL.HIGH,
  reason: WHY.RECOVERED,
  at: now,
  rose: false,
  base: Infinity,
  peak: 0,
  bad: 0,
  since: null,
  hopes: [],
  every: PROBE_EVERY,
  deaf: null,
});

const worse = (a, b) => (rank(a) > rank(b) ? a : b);
const reached = (kbps, margin) => ORDER.find((level) => kbps >= FLOOR[level] * margin);

/** Whether to try how much the line carries, `idle` ms after the last try. @param {State} state @param {Look} look */
export function wantsProbe(state, look, best, idle) {
  const every = hasPicture(state.level) ? state.every * 4 : state.every; // there the estimate tells too
  const isDue = idle >= (state.hopes.length ? PROBE_EVERY / 2 : every);
  return isDue && state.level !== best && !look.isDark && look.rtt <= CALM_RTT;
}

/**
 * The state after a look.
 * @param {State} before @param {Look} look @param {number} now ms
 * @param {string} best the most this peer may get: with several, not all can have all
 * @returns {State}
 */
export function step(before, look, now, best = LEVEL.HIGH) {
  const base = Math.min(before.base + 1, look.rtt ?? Infinity);
  const state = { ...before, base, peak: Math.max(look.kbps, before.peak * 0.85) };
  if (rank(state.level) < rank(best)) return { ...state, level: best, reason: WHY.SHARED, bad: 0, hopes: [] };
  if (look.isDark) return { ...state, at: now, bad: 0, since: null, hopes: [] };
  const [target, reason] = carried(state, look, now);
  if (rank(target) > rank(state.level)) return fallen(state, look, target, reason, now);
  return risen({ ...deafened(state, look, now), bad: 0 }, look, best, now);
}

/**
 * Whether a low estimate is more than the browser's answer to stray losses: it sinks with them, and with what is
 * sent, on a line that carries well. A queue, a fall within seconds or heavy losses are the line's own word.
 */
const isCongested = ({ base, peak }, { kbps, rtt, loss }) =>
  rtt > base + QUEUE || kbps < peak * CRASH || loss >= CONGESTED;

/** The best level these figures carry, and which of them decided. */
function carried(state, look, now) {
  const { kbps, rtt, loss } = look;
  // A round trip goes both ways: where our own way is said to carry much, the queue is on theirs.
  if (rtt > MAX_RTT && !(kbps >= FLOOR.medium)) return [worse(state.level, LEVEL.AUDIO), WHY.DELAY];
  const isJudged = kbps !== null && hasPicture(state.level) && now - state.at >= GRACE;
  const found = isJudged ? reached(kbps, 1) : state.level;
  const isBelow = rank(found) > rank(LEVEL.MEDIUM) && !isCongested(state, look);
  const level = isBelow ? worse(state.level, LEVEL.MEDIUM) : found;
  const cap = loss >= 30 ? LEVEL.LOW : loss >= 15 ? LEVEL.MEDIUM : LEVEL.HIGH;
  return rank(cap) > rank(level) ? [cap, WHY.LOSS] : [level, WHY.BANDWIDTH];
}

/** Down once two looks agree, or one is plain: two levels at once, a queue of seconds; a rise that soon failed doubles the wait for the next. */
function fallen(state, look, level, reason, now) {
  const bad = state.bad + 1;
  const isPlain = look.rtt > MAX_RTT || rank(level) - rank(state.level) > 1;
  if (bad < SURE && !isPlain) return { ...state, bad, since: null };
  const hasFailed = state.rose && now - state.at < 2 * GRACE + STEADY;
  const every = hasFailed ? Math.min(state.every * 2, MAX_PROBE_EVERY) : PROBE_EVERY;
  return { ...state, level, reason, every, rose: false, bad: 0, since: null, hopes: [], deaf: null };
}

/** Up by one when the estimate has promised it for long, or to what two probes in a row have shown. */
function risen(state, { kbps, rtt, loss, probe }, best, now) {
  if (state.level === best || state.level === LEVEL.PHONE) return state;
  const next = ORDER[rank(state.level) - 1];
  const isPromised = kbps !== null && hasPicture(state.level) && kbps >= FLOOR[next] * ESTIMATE_MARGIN;
  const since = isPromised ? (state.since ?? now) : null;
  const up = (level) => ({ ...began(now), level: worse(level, best), rose: true, every: state.every, base: state.base });
  if (isPromised && now - since >= STEADY) return up(next);
  if (probe === null) return { ...state, since };
  const hope = reached(probe, PROBE_MARGIN);
  const hopes = rank(hope) < rank(state.level) && rtt <= CALM_RTT ? [...state.hopes, hope] : [];
  if (hopes.length < SURE) return { ...state, since, hopes };
  return up(hopes.reduce(worse, next === LEVEL.HIGH ? next : LEVEL.MEDIUM));
}

/** Sound alone, and even that hardly arrives: time to ring up. Back as slowly. */
function deafened(state, { rtt, loss }, now) {
  if (hasPicture(state.level)) return state;
  const isDeaf = rtt > DEAF.rtt || loss >= DEAF.loss;
  if (isDeaf === (state.level === LEVEL.PHONE)) return { ...state, deaf: null };
  const deaf = state.deaf ?? now;
  if (now - deaf < DEAF.for) return { ...state, deaf };
  return isDeaf
    ? { ...state, level: LEVEL.PHONE, reason: rtt > DEAF.rtt ? WHY.DELAY : WHY.LOSS, deaf: null }
    : { ...state, level: LEVEL.AUDIO, reason: WHY.RECOVERED, deaf: null };
}
