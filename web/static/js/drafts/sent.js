/**
 * Which form this browser has just sent as a whole page: what was kept of it goes once the server has answered by
 * leading on. An answer that is a page of its own (a mistake, an expired sign-in) leads nowhere, and nothing goes.
 */

const NAME = "draft-sent";
/** A page that was led to begins when the form was sent; one that somebody opens later is no answer to it. */
const AT_ONCE_MS = 1000;

/** @param {string} place the address the form is sent to */
export function noteSent(place) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ place, at: Date.now() }));
  } catch {
    // Without it the words stay until somebody throws them away.
  }
}

/** Look once on each page; @returns {{place: string, at: number} | null} what has arrived and is still kept */
export function arrived() {
  try {
    const note = JSON.parse(sessionStorage.getItem(NAME));
    if (!note || note.isHere) return note;
    const [way] = performance.getEntriesByType("navigation");
    const isLed = Boolean(way) && way.redirectCount > 0;
    const here = isLed && Math.abs(performance.timeOrigin - note.at) < AT_ONCE_MS ? { ...note, isHere: true } : null;
    if (here) sessionStorage.setItem(NAME, JSON.stringify(here));
    else sessionStorage.removeItem(NAME);
    return here;
  } catch {
    return null;
  }
}

/** Erase what was kept of a form that has arrived. */
export async function letGo(store) {
  const sent = arrived();
  if (!sent) return store;
  // The last words before the press are kept a moment after it, as the page goes.
  const gone = store.found.filter((each) => each.place === sent.place && each.at < sent.at + AT_ONCE_MS);
  await Promise.all(gone.map((each) => store.discard(each)));
  sessionStorage.removeItem(NAME);
  return store;
}
