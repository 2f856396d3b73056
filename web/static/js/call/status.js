/** The one line that says in words how the call stands. Pure: a room in, a key of the catalogue out. */
import { leastSent } from "./levels.js";
import { END, LEVEL, PRESENCE, ROLE } from "./protocol.js";

/**
 * @typedef {{key: string, tone: "info" | "ok" | "error", name?: string, minutes?: number}} Status
 */

/**
 * The most important thing to say; null when all is well and nothing needs saying.
 * @param {import("./room.js").Room} room
 * @param {{audio?: string, video?: string}} problems why camera or microphone could not be opened
 * @returns {Status | null}
 */
export function statusOf(room, problems = {}) {
  if (room.phase === "ended") return { key: ENDED[room.code] ?? "ended", tone: "info" };
  if (room.phase === "closed") return closed(room.code);
  if (room.isFull) return { key: "full", tone: "info" };
  if (room.link === "down") return { key: room.phase === "live" ? "lost" : "lost_waiting", tone: "error" };
  if (room.phase === "connecting") return { key: "connecting", tone: "info" };
  if (room.phase === "waiting") return { key: "waiting", tone: "info" };
  return live(room, problems);
}

const ENDED = { [END.BY_PHONE]: "by_phone", [END.CANCELLED]: "cancelled" };

const CLOSED = {
  "seat-taken-over": "taken_over",
  "removed-from-room": "removed",
  "call-over": "ended",
  "call-moved": "moved",
  "connection-stale": "taken_over",
  left: "left",
  "version-refused": "reload",
};

/** @returns {Status} */
function closed(code) {
  return { key: CLOSED[code] ?? "refused", tone: code === "left" || code === "call-over" ? "info" : "error" };
}

/** @returns {Status | null} */
function live(room, problems) {
  const peers = Object.values(room.peers);
  if (room.heldBy) return { key: heldKey(room), tone: "info" };
  const absent = peers.find((peer) => peer.state === PRESENCE.ABSENT);
  if (absent) return { key: "peer_absent", tone: "info", name: absent.name };
  if (mustRing(room)) return { key: "phone", tone: "error" };
  if (problems.audio && !room.coLocated) return { key: `microphone_${problems.audio}`, tone: "error" };
  const awaited = peers.some((peer) => peer.role === "doctor") ? null : awaitedDoctor(room.wait);
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

/** Who holds, who is held, and who stands beside the doctor. */
function heldKey(room) {
  if (room.role === ROLE.DOCTOR) return "holding";
  return room.role === ROLE.GUEST ? "held_apart" : "held";
}
/** Whether hardly even sound gets through, in either direction. @param {import("./room.js").Room} room */
const mustRing = (room) => leastSent(room) === LEVEL.PHONE || Object.values(room.levels).includes(LEVEL.PHONE);

/** The doctor is not here: with somebody before, or has sent word. @returns {Status | null} */
function awaitedDoctor(wait) {
  if (wait?.notice) return { key: "doctor_notice", tone: "info", minutes: wait.minutes };
  if (wait?.doctor === "busy") return { key: "doctor_busy", tone: "info", minutes: wait.minutes };
  return null;
}

/**
 * Fill `{name}` of a text. @param {string} text @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
