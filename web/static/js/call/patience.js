/** How long to wait for the server, and before asking again. Pure. */

const DELAYS = [0, 300, 1200, 2700, 4000]; // never more: whoever is back is found within 5 s
const PATIENCE = { least: 2000, most: 4000, fold: 2.5 };
const PATIENT_TRY = 3; // every third try may take the longest: the new network may be slower than the old
export const FULL_AGAIN = 10_000; // ms: somebody must leave first; each try takes a ticket
const JITTER = 0.25; // of the delay, earlier: not everybody in the same instant

/** Milliseconds before a try. @param {number} attempt from 0 @param {number} [chance] 0 to 1 */
export function delayBefore(attempt, chance = Math.random()) {
  return DELAYS[Math.min(attempt, DELAYS.length - 1)] * (1 - chance * JITTER);
}

/**
 * Milliseconds a try may take: a multiple of what the last good one took. Behind a cut link the browser asks
 * for the line after 0, 1 and 3 s; a fresh try asks at once.
 * @param {number | null} took ms @param {number} attempt from 0
 */
export function patienceFor(took, attempt) {
  if (took === null || attempt % PATIENT_TRY === PATIENT_TRY - 1) return PATIENCE.most;
  return Math.min(PATIENCE.most, Math.max(PATIENCE.least, took * PATIENCE.fold));
}

const ANSWER = { least: 2500, most: 10_000 };

/** Milliseconds a hello may wait for its answer: when everybody comes at once, a busy server needs more. @param {number} attempt from 0 */
export const answerWithin = (attempt) => Math.min(ANSWER.most, ANSWER.least * (1 + attempt));
