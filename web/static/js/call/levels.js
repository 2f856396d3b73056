/** Levels of the ladder, and what of them shows: what each of the others sends us, and the least that any of them gets of us. */
import { LEVEL } from "./protocol.js";
import { bestFor } from "./recovery.js";

/** Levels from best to worst. */
export const ORDER = Object.values(LEVEL);

/** 0 for the best. @param {string} level */
export const rank = (level) => ORDER.indexOf(level);

/** Whether pictures go out at a level. @param {string} level */
export const hasPicture = (level) => rank(level) < rank(LEVEL.AUDIO);

/** Whether the voice must be thin: no doubling, long packets. @param {string} level */
export const isThin = (level) => rank(level) >= rank(LEVEL.STILLS);

/** What this person sends us: a level of the ladder. @param {import("./room.js").Room} room @param {string} id */
export const levelOf = (room, id) => room.levels[id] ?? LEVEL.HIGH;

/** The most that we and this person send each other. @param {import("./room.js").Room} room @param {string} id */
export function bestOf(room, id) {
  const others = Object.values(room.peers).map((peer) => peer.role);
  return bestFor(room.role, room.peers[id]?.role, others);
}

/** The least that any of the others gets of us, for want of line. @param {import("./room.js").Room} room */
export function leastSent(room) {
  const short = Object.keys(room.peers).filter((id) => room.sent[id] && room.sent[id] !== bestOf(room, id));
  return ORDER[Math.max(0, ...short.map((id) => rank(room.sent[id])))];
}
