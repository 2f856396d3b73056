/** What is known of the room, as a value: every message makes the next one. No browser in here. */
import { CODE, ROLE, SERVER } from "./protocol.js";
import { split, withFact, withoutPeer, withPeer } from "./roster.js";

/**
 * @typedef {object} Peer
 * @property {string} id
 * @property {string} name
 * @property {"station" | "doctor" | "patient" | "guest"} role
 * @property {"waiting" | "away" | "present" | "absent"} state
 * @property {boolean} closed away or absent, as the page was closed or is loaded anew
 * @property {boolean} co_located
 * @property {boolean} confirmed a patient somebody has recognised
 * @property {boolean} audio
 * @property {boolean} video
 * @property {boolean} detail few large pictures
 * @property {boolean} offers whether we make the offers to this peer
 * @property {boolean} polite
 *
 * @typedef {object} Wait
 * @property {number} place from 1, among those the doctor will see
 * @property {number | null} minutes until one's turn, as far as anybody can tell
 * @property {"away" | "busy" | "here"} doctor
 * @property {{minutes: number, at: string} | null} notice what the doctor had them told
 *
 * @typedef {{id: string, from: string, name: string, text: string, at: string}} ChatLine
 *
 * @typedef {object} Room
 * @property {"connecting" | "waiting" | "live" | "ended" | "closed"} phase
 * @property {"connecting" | "up" | "down" | "closed"} link
 * @property {string | null} self
 * @property {string | null} role
 * @property {boolean} coLocated
 * @property {boolean} mayAdmit
 * @property {boolean} mayEnd
 * @property {boolean} isFull we were not let in because the call, or its waiting room, is full
 * @property {number} place in the waiting room, or 0
 * @property {Readonly<Record<string, Peer>>} peers in the call, with or without a line now
 * @property {Readonly<Record<string, Peer>>} knocks waiting to be admitted
 * @property {readonly ChatLine[]} chat
 * @property {readonly RTCIceServer[]} iceServers
 * @property {boolean} relayOnly nobody here may learn another's address
 * @property {string | null} heldBy who put station and patient on hold
 * @property {string | null} sharedBy whose picture is a screen or a document
 * @property {boolean} gaveOver we were the doctor of this call, and another is now
 * @property {Readonly<Record<string, string>>} levels what each of the others sends us
 * @property {Readonly<Record<string, string>>} sent what we send each of them
 * @property {boolean} isDetailed our own camera is to be sharp rather than smooth
 * @property {Wait | null} wait what is told to whoever waits for the doctor
 * @property {string | null} code why it ended or closed
 */

/** @type {Readonly<Room>} */
export const EMPTY = Object.freeze({
  phase: "connecting",
  link: "connecting",
  self: null,
  role: null,
  coLocated: false,
  mayAdmit: false,
  mayEnd: false,
  isFull: false,
  place: 0,
  peers: {},
  knocks: {},
  chat: [],
  iceServers: [],
  relayOnly: false,
  levels: {},
  heldBy: null,
  sharedBy: null,
  gaveOver: false,
  sent: {},
  isDetailed: false,
  wait: null,
  code: null,
});

/** The local event beside the server's messages. @param {string} state @param {string} [code] */
export const linkChanged = (state, code) => ({ type: "link", state, code });

/** @param {Room} room @param {any} message @returns {Room} the same object where nothing changed */
export function reduce(room, message) {
  const step = STEPS[message.type];
  return step && room.phase !== "ended" ? step(room, message) : room;
}

const STEPS = {
  link: (room, { state, code }) =>
    state === "closed"
      ? { ...room, link: state, phase: "closed", code: code ?? null }
      : { ...room, link: state },
  [SERVER.WAITING]: (room, { self, place }) => ({
    ...room,
    self,
    place,
    isFull: false,
    phase: room.phase === "live" && place === 0 ? "live" : "waiting",
  }),
  [SERVER.REFUSED]: (room, { code }) => ({ ...room, isFull: code === CODE.ROOM_FULL }),
  [SERVER.WAIT_CHANGED]: (room, { place, minutes, doctor, notice }) => {
    return { ...room, place: room.phase === "live" ? 0 : place, wait: { place, minutes, doctor, notice } };
  },
  [SERVER.ADMITTED]: (room, message) => ({
    ...room,
    ...split(message.participants),
    phase: "live",
    place: 0,
    role: message.role,
    coLocated: message.co_located,
    mayAdmit: message.may_admit,
    mayEnd: message.may_end,
    iceServers: message.ice_servers,
    relayOnly: message.relay_only,
    chat: message.chat.reduce(withLine, room.chat),
    heldBy: message.held_by ?? null,
    sharedBy: message.shared_by ?? null,
    gaveOver: message.role === ROLE.GUEST && (room.gaveOver || room.role === ROLE.DOCTOR),
  }),
  [SERVER.PARTICIPANT_JOINED]: (room, { participant }) => withPeer(room, participant),
  [SERVER.PARTICIPANT_CHANGED]: (room, { participant }) => withPeer(room, participant),
  [SERVER.PARTICIPANT_LEFT]: (room, { participant }) => {
    const [levels, sent] = [room.levels, room.sent].map((each) => ({ ...each, [participant]: undefined }));
    return { ...withoutPeer(room, participant), levels, sent };
  },
  [SERVER.TRACK_CHANGED]: (room, { from, kind, enabled }) => withFact(room, from, { [kind]: enabled }),
  [SERVER.QUALITY_ADVISED]: (room, { participant, to, level }) => {
    if (to === room.self) return { ...room, levels: { ...room.levels, [participant]: level } };
    return participant === room.self ? { ...room, sent: { ...room.sent, [to]: level } } : room;
  },
  [SERVER.DETAIL_CHANGED]: (room, { participant, enabled }) =>
    participant === room.self ? { ...room, isDetailed: enabled } : withFact(room, participant, { detail: enabled }),
  [SERVER.HOLD_CHANGED]: (room, { by }) => ({ ...room, heldBy: by }),
  [SERVER.SHARE_CHANGED]: (room, { by }) => ({ ...room, sharedBy: by }),
  [SERVER.CHAT_POSTED]: (room, { line }) => ({ ...room, chat: withLine(room.chat, line) }),
  [SERVER.ICE_RENEWED]: (room, message) => ({ ...room, iceServers: message.ice_servers }),
  [SERVER.CALL_ENDED]: (room, { reason }) => ({ ...room, phase: "ended", code: reason, peers: {}, knocks: {} }),
};

/** A line posted twice (sent again after a dropped socket) stands once. */
function withLine(lines, line) {
  return lines.some((each) => each.id === line.id) ? lines : [...lines, line];
}
