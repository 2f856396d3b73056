/** The one line that says in words how the call stands. Pure: a room in, a key of the catalogue out. */
import { END } from "./protocol.js";

/** ms without picture and sound after which it is time for the phone. */
export const BY_PHONE = 20_000;

/**
 * @typedef {object} Status
 * @property {string} key
 * @property {"info" | "ok" | "error"} tone
 * @property {string} [name]
 * @property {number} [minutes]
 * @property {boolean} [isPhone] the number to ring is shown, to everybody
 */

/**
 * What to say before the call's own modules are there, which say the rest, and after it.
 * @param {import("./room.js").Room} room
 * @param {number} awaited ms for which the call has been let begin
 * @returns {Status}
 */
export function statusOf(room, awaited = 0) {
  if (room.phase === "ended") return { key: ENDED[room.code] ?? "ended", tone: "info" };
  if (room.phase === "closed") return closed(room.code);
  if (room.isFull) return { key: "full", tone: "info" };
  if (room.phase === "live" && awaited >= BY_PHONE) return { key: "no_media", tone: "error", isPhone: true };
  if (room.link === "down") return { key: "lost_waiting", tone: "error" };
  return { key: room.phase === "waiting" ? "waiting" : "connecting", tone: "info" };
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

/**
 * Fill `{name}` of a text. @param {string} text @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
