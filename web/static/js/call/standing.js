/** The one line that says in words how the call itself stands. Pure: a room in, a key of the catalogue out. */
import { leastSent } from "./levels.js";
import { LEVEL, PRESENCE, ROLE } from "./protocol.js";
import { BY_PHONE, statusOf } from "./status.js";

const DEAD = 5000; // ms without anything of the others: their picture and sound do not go on

/**
 * The most important thing to say; null when all is well and nothing needs saying.
 * @param {import("./room.js").Room} room
 * @param {{audio?: string, video?: string}} problems why camera or microphone could not be opened
 * @param {{cutFor: number, hushed?: string | null}} media ms for which nothing has arrived of those the call is held for;
 *   and whose voice arrives with nothing in it
 * @returns {import("./status.js").Status | null}
 */
export function standingOf(room, problems = {}, { cutFor, hushed } = { cutFor: 0 }) {
  if (room.phase !== "live" || room.isFull) return statusOf(room);
  const peers = Object.values(room.peers);
  const isDown = room.link === "down";
  const doctors = peers.filter((peer) => peer.role === ROLE.DOCTOR);
  const heldFor = doctors.length ? doctors : peers;
  const isHeld = room.heldBy !== null; // nothing is to arrive
  if (!isHeld && !isDown && heldFor.length && heldFor.every((peer) => peer.closed)) {
    return { ...closedBy(room, heldFor[0]), isPhone: cutFor >= BY_PHONE }; // no line of theirs failed
  }
  if (!isHeld && peers.length && cutFor >= BY_PHONE) return { key: "no_media", tone: "error", isPhone: true };
  if (!isHeld && mustRing(room)) return { key: "phone", tone: "error", isPhone: true };
  if (isDown) return { key: peers.length && cutFor < DEAD ? "lost" : "lost_all", tone: "error" };
  if (isHeld) return { key: heldKey(room), tone: "info" };
  const absent = peers.find((peer) => peer.state === PRESENCE.ABSENT);
  if (absent) return absent.closed ? closedBy(room, absent) : { key: "peer_absent", tone: "info", name: absent.name };
  if (problems.audio && !room.coLocated) return { key: `microphone_${problems.audio}`, tone: "error" };
  if (hushed) return { key: "not_heard", tone: "info", name: hushed };
  const awaited = doctors.length ? null : awaitedDoctor(room.wait);
  if (awaited) return awaited;
  if (room.gaveOver) return { key: "gave_over", tone: "info" };
  if (room.sharedBy === room.self) return { key: "sharing", tone: "info" };
  const sharer = room.peers[room.sharedBy];
  if (sharer) return { key: "shared", tone: "info", name: sharer.name };
  if (peers.length === 0) return { key: "alone", tone: "info" };
  if (problems.video) return { key: `camera_${problems.video}`, tone: "info" };
  const sent = leastSent(room);
  if (sent === LEVEL.AUDIO || sent === LEVEL.STILLS) return { key: `sent_${sent}`, tone: "info" };
  return room.isDetailed ? { key: "detailed", tone: "info" } : null;
}

/** Who closed the page; to whoever may ring them, how. */
function closedBy({ role }, { name, role: theirs }) {
  const rings = [ROLE.DOCTOR, ROLE.STATION].includes(role) && theirs !== role && theirs !== ROLE.GUEST;
  return { key: rings ? "peer_closed_ring" : "peer_closed", tone: "info", name };
}

/** Who holds, who is held, and who stands beside the doctor. */
function heldKey(room) {
  if (room.role === ROLE.DOCTOR) return "holding";
  return room.role === ROLE.GUEST ? "held_apart" : "held";
}

/** Whether hardly even sound gets through, in either direction. @param {import("./room.js").Room} room */
const mustRing = (room) => leastSent(room) === LEVEL.PHONE || Object.values(room.levels).includes(LEVEL.PHONE);

/** The doctor is not here: with somebody before, or has sent word. @returns {import("./status.js").Status | null} */
function awaitedDoctor(wait) {
  if (wait?.notice) return { key: "doctor_notice", tone: "info", minutes: wait.minutes };
  if (wait?.doctor === "busy") return { key: "doctor_busy", tone: "info", minutes: wait.minutes };
  return null;
}
