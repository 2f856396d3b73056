/** What is known of the room, as a value: every message makes the next one. No browser in here. */
import { LEVEL, PRESENCE, SERVER } from "./protocol.js";

/**
 * @typedef {object} Peer
 * @property {string} id
 * @property {string} name
 * @property {"station" | "doctor" | "patient" | "guest"} role
 * @property {"waiting" | "away" | "present" | "absent"} state
 * @property {boolean} co_located
 * @property {boolean} audio
 * @property {boolean} video
 * @property {boolean} offers whether we make the offers to this peer
 * @property {boolean} polite
 *
 * @typedef {object} Wait
 * @property {number} place from 1, among those the doctor will see
 * @property {number | null} minutes until one's turn, as far as anybody can tell
 * @property {"away" | "busy" | "here"} doctor
 * @property {{minutes: number, at: string} | null} notice what the doctor had those who wait told
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
 * @property {number} place in the waiting room, 0 if not there
 * @property {Readonly<Record<string, Peer>>} peers in the call, with or without a line now
 * @property {Readonly<Record<string, Peer>>} knocks waiting to be admitted
 * @property {readonly ChatLine[]} chat
 * @property {readonly RTCIceServer[]} iceServers
 * @property {Readonly<Record<string, string>>} levels what each line should carry
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
  place: 0,
  peers: {},
  knocks: {},
  chat: [],
  iceServers: [],
  levels: {},
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
    phase: room.phase === "live" && place === 0 ? "live" : "waiting",
  }),
  [SERVER.WAIT_CHANGED]: (room, { place, minutes, doctor, notice }) => ({
    ...room,
    place: room.phase === "live" ? 0 : place,
    wait: { place, minutes, doctor, notice },
  }),
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
    chat: message.chat.reduce(withLine, room.chat),
  }),
  [SERVER.PARTICIPANT_JOINED]: (room, { participant }) => withPeer(room, participant),
  [SERVER.PARTICIPANT_CHANGED]: (room, { participant }) => withPeer(room, participant),
  [SERVER.PARTICIPANT_LEFT]: (room, { participant }) => withoutPeer(room, participant),
  [SERVER.TRACK_CHANGED]: (room, { from, kind, enabled }) => {
    const peer = room.peers[from];
    return peer ? withPeer(room, { ...peer, [kind]: enabled }) : room;
  },
  [SERVER.QUALITY_ADVISED]: (room, { participant, level }) => ({
    ...room,
    levels: { ...room.levels, [participant]: level },
  }),
  [SERVER.CHAT_POSTED]: (room, { line }) => ({ ...room, chat: withLine(room.chat, line) }),
  [SERVER.ICE_RENEWED]: (room, message) => ({ ...room, iceServers: message.ice_servers }),
  [SERVER.CALL_ENDED]: (room, { reason }) => ({ ...room, phase: "ended", code: reason, peers: {}, knocks: {} }),
};

/** Not let in yet, with the line up or down. @param {Peer} peer */
export const knocksAt = (peer) => peer.state === PRESENCE.WAITING || peer.state === PRESENCE.AWAY;

/** @param {readonly Peer[]} people */
function split(people) {
  const peers = {};
  const knocks = {};
  for (const each of people) (knocksAt(each) ? knocks : peers)[each.id] = each;
  return { peers, knocks };
}

/** @param {Room} room @param {Peer} peer */
function withPeer(room, peer) {
  const cleared = withoutPeer(room, peer.id);
  const shelf = knocksAt(peer) ? "knocks" : "peers";
  return { ...cleared, [shelf]: { ...room[shelf], [peer.id]: peer } };
}

/** @param {Room} room @param {string} id */
function withoutPeer(room, id) {
  const { [id]: _peer, ...peers } = room.peers;
  const { [id]: _knock, ...knocks } = room.knocks;
  return { ...room, peers, knocks };
}

/** A line posted twice (sent again after a dropped socket) stands once. */
function withLine(lines, line) {
  return lines.some((each) => each.id === line.id) ? lines : [...lines, line];
}

/** Whether this person sends nothing but sound for now. @param {Room} room @param {string} id */
export const isAudioOnly = (room, id) => room.levels[id] === LEVEL.AUDIO;
