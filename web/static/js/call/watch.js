/**
 * Whether what arrives is also seen and heard. Statistics alone have lied: frames were decoded, nothing froze
 * by their count, and the picture stood still; so pictures count when the browser presents them.
 */

/** ms of standing still after which each is tried: the player, the connection, another connection. */
const STEPS = [
  [4000, "attach"],
  [9000, "restart"],
  [20_000, "renew"],
];
const MAX_PATIENCE = 8;

/**
 * @typedef {object} Seen counts so far
 * @property {number} shown pictures presented
 * @property {import("./quality.js").Reading} reading
 * @property {boolean} isVisible page and player are on the screen: hidden ones present nothing
 * @property {boolean} expectsVoice they have a microphone on, and are there
 *
 * @typedef {{last: Seen | null, since: number | null, done: number, patience: number}} Watch
 */

/** @returns {Watch} */
export const watchful = () => ({ last: null, since: null, done: 0, patience: 1 });

/**
 * @param {Watch} watch @param {Seen} seen @param {number} now ms
 * @returns {{watch: Watch, act: "none" | "attach" | "restart" | "renew"}}
 */
export function notice(watch, seen, now) {
  const { last } = watch;
  if (!last || !stands(last, seen)) {
    return { watch: { last: seen, since: null, done: 0, patience: calmer(watch) }, act: "none" };
  }
  const since = watch.since ?? now;
  const [after, act] = STEPS[watch.done] ?? [Infinity];
  if (now - since < after * watch.patience) return { watch: { ...watch, last: seen, since }, act: "none" };
  const isLast = watch.done === STEPS.length - 1;
  const patience = isLast ? Math.min(watch.patience * 2, MAX_PATIENCE) : watch.patience;
  return { watch: { last: seen, since: isLast ? null : since, done: isLast ? 0 : watch.done + 1, patience }, act };
}

/** What helped for good is not held against the next time. */
const calmer = (watch) => (watch.since === null && watch.done === 0 ? watch.patience : 1);

/** Whether something arrives and is not seen or heard, or nothing does that should. */
function stands(before, { shown, reading, isVisible, expectsVoice }) {
  const [was, is] = [before.reading, reading];
  const hasPicture = is.picture.packets > was.picture.packets;
  const hasVoice = is.voice.packets > was.voice.packets;
  const isSeen = isVisible && before.isVisible ? shown !== before.shown : is.picture.decoded > was.picture.decoded;
  const isHeard = is.voice.played > was.voice.played;
  // Who says nothing sends a little all the same, a few packets a second (DTX): none at all is a voice that is lost.
  return hasVoice ? !isHeard || (hasPicture && !isSeen) : expectsVoice || (hasPicture && !isSeen);
}

const HUSH = 3e-9; // energy a second: less than the last bit of a sample makes; a quiet room makes more
const HUSH_FOR = 30_000;

/**
 * Since when a voice that arrives holds nothing to be heard: a microphone that is dead, or muted by its own button.
 * @param {number | null} since ms, null: something is heard, or nothing is to be
 * @param {Seen | null} last @param {Seen} seen @param {number} now ms @param {number} passed ms between the two
 * @returns {number | null}
 */
export function silentSince(since, last, { reading, expectsVoice }, now, passed) {
  const [was, is] = [last?.reading.voice, reading.voice];
  if (!was || !expectsVoice || is.energy === null || is.packets < was.packets) return null;
  return is.energy - was.energy > (HUSH * passed) / 1000 ? null : since ?? now;
}

/** Whether it is time to say so. @param {number | null} since @param {number} now */
export const isHushed = (since, now) => since !== null && now - since >= HUSH_FOR;
