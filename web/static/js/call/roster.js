/** Who is in the call and who knocks: a room in, a room out. Pure. */
import { PRESENCE } from "./protocol.js";

const DOWN = [PRESENCE.ABSENT, PRESENCE.AWAY];

/** Not let in yet. @param {import("./room.js").Peer} peer */
export const knocksAt = (peer) => peer.state === PRESENCE.WAITING || peer.state === PRESENCE.AWAY;

/** Roles of those whose line is up: of others the room keeps the place, and they may be rung. @param {import("./room.js").Room} room */
export const reachedRoles = ({ peers, knocks }) =>
  [...Object.values(peers), ...Object.values(knocks)].filter(({ state }) => !DOWN.includes(state)).map(({ role }) => role);

/** A link proves a phone, not a person. @param {import("./room.js").Peer} peer */
export const isUnknown = ({ role, confirmed }) => role === "patient" && !confirmed;

/** Those in the call, and those who knock. */
export function split(people) {
  const peers = {};
  const knocks = {};
  for (const each of people) (knocksAt(each) ? knocks : peers)[each.id] = each;
  return { peers, knocks };
}

/** Somebody is here, or has changed. */
export function withPeer(room, peer) {
  const cleared = withoutPeer(room, peer.id);
  const shelf = knocksAt(peer) ? "knocks" : "peers";
  return { ...cleared, [shelf]: { ...room[shelf], [peer.id]: peer } };
}

/** Something about somebody in the call has changed. */
export const withFact = (room, id, fact) => (room.peers[id] ? withPeer(room, { ...room.peers[id], ...fact }) : room);

/** Somebody is gone. */
export function withoutPeer(room, id) {
  const { [id]: _peer, ...peers } = room.peers;
  const { [id]: _knock, ...knocks } = room.knocks;
  return { ...room, peers, knocks };
}
