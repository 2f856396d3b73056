/** Which camera, microphone and loudspeaker were chosen on this device, from one call to the next. */

const KEPT_AS = "call-devices";

/** @typedef {{audio?: string, video?: string, sink?: string}} Chosen ids, which mean nothing on another device */

/** @returns {Chosen} */
export function recall() {
  try {
    return JSON.parse(localStorage.getItem(KEPT_AS)) ?? {};
  } catch {
    return {}; // none, or a browser that keeps nothing
  }
}

/** @param {Chosen} chosen what was chosen anew */
export function remember(chosen) {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify({ ...recall(), ...chosen }));
  } catch {
    // It holds for this call.
  }
}
