/** Everybody else in the call: one PeerLink each, and what they send us. Knows nothing of the page. */
import { PeerLink } from "./peer.js";
import { SERVER } from "./protocol.js";
import { knocksAt } from "./room.js";

const MEDIA = [SERVER.MEDIA_OFFER, SERVER.MEDIA_ANSWER, SERVER.MEDIA_CANDIDATE];

/**
 * @typedef {object} Options
 * @property {import("./connection.js").Connection} connection
 * @property {() => Record<"audio" | "video", MediaStreamTrack | null>} tracks
 * @property {() => void} onChange streams or states of links changed
 */

export class Mesh {
  /** @param {Options} options */
  constructor({ connection, tracks, onChange }) {
    /** @type {Map<string, PeerLink>} */
    this.links = new Map();
    /** @type {Record<string, MediaStream>} */
    this.streams = {};
    /** @type {Record<string, string>} */
    this.states = {};
    /** @type {readonly RTCIceServer[]} */
    this.iceServers = [];
    this.hooks = {
      tracks,
      iceServers: () => this.iceServers,
      isOnline: () => connection.isUp,
      say: (message, mustArrive) => (mustArrive ? connection.send(message) : connection.post(message)),
      onStream: (id, stream) => {
        this.streams[id] = stream;
        onChange();
      },
      onIce: (id, state) => {
        this.states[id] = state;
        onChange();
      },
    };
  }

  /** Make the links fit the room after a message. @param {import("./room.js").Room} room @param {any} message */
  update(room, message) {
    this.setIceServers(room.iceServers);
    if (message.type === SERVER.PARTICIPANT_LEFT) this.drop(message.participant);
    for (const id of [...this.links.keys()]) if (!room.peers[id]) this.drop(id);
    for (const peer of Object.values(room.peers)) {
      const link = this.links.get(peer.id);
      if (link) link.update(peer);
      else this.add(peer, room.levels[room.self]);
    }
    if (MEDIA.includes(message.type)) this.links.get(message.from)?.receive(message);
    if (message.type === SERVER.QUALITY_ADVISED && message.participant === room.self) {
      for (const link of this.links.values()) link.negotiation.setLevel(message.level);
    }
  }

  /** The line to the server is back: mend what broke meanwhile, leave alone what still carries media. */
  resume() {
    for (const link of this.links.values()) link.check();
  }

  /** Own camera or microphone came or went. */
  changeTracks() {
    for (const link of this.links.values()) link.negotiation.changeTracks();
  }

  /** @returns {RTCPeerConnection[]} */
  connections() {
    return [...this.links.values()].map((link) => link.negotiation.pc).filter(Boolean);
  }

  close() {
    for (const id of [...this.links.keys()]) this.drop(id);
  }

  /** @private @param {import("./room.js").Peer} peer @param {string} [level] what our line should carry */
  add(peer, level) {
    if (knocksAt(peer)) return;
    const link = new PeerLink(peer, this.hooks);
    if (level) link.negotiation.setLevel(level);
    this.links.set(peer.id, link);
  }

  /** @private */
  drop(id) {
    this.links.get(id)?.close();
    this.links.delete(id);
    delete this.streams[id];
    delete this.states[id];
  }

  /** @private Fresh credentials serve the next restart; running media is not touched. */
  setIceServers(iceServers) {
    if (iceServers === this.iceServers) return;
    this.iceServers = iceServers;
    for (const pc of this.connections()) {
      pc.setConfiguration({ ...pc.getConfiguration(), iceServers: [...iceServers] });
    }
  }
}
