/** Who speaks now. */
import { loudness } from "./loudness.js";

const LOOK_EVERY = 80; // ms: what is told is the loudness of one packet, and syllables are short
const STAYS_MARKED = 600; // ms: a mark that goes between words only flickers
const SPEAKING = 0.02;

/**
 * @param {Map<string, import("./peer.js").PeerLink>} links @param {import("./tiles.js").Tiles} tiles
 * @returns {number} the interval that looks, to be cleared
 */
export function markVoices(links, tiles) {
  const spoke = {};
  return setInterval(() => {
    const now = performance.now();
    for (const [id, { negotiation }] of links) {
      if (negotiation.pc && loudness(negotiation.pc) > SPEAKING) spoke[id] = now;
    }
    tiles.paintVoices((id) => now - spoke[id] < STAYS_MARKED);
  }, LOOK_EVERY);
}
