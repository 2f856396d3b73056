/** Who is kept apart by a hold. Pure. */
import { ROLE } from "./protocol.js";

const waits = (role) => role === ROLE.STATION || role === ROLE.PATIENT;

/**
 * Whether a hold is between us and them: doctor and guests on one side, station and patient on the other.
 * @param {import("./room.js").Room} room @param {import("./room.js").Peer} peer
 */
export const isApart = (room, peer) => room.heldBy !== null && waits(room.role) !== waits(peer.role);
