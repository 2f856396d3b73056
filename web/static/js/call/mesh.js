/** Everybody else in the call: one PeerLink each, and what they send us. Knows nothing of the page. */
import { isApart } from "./apart.js";
import { bestOf } from "./levels.js";
import { PeerLink } from "./peer.js";
import { CLIENT, ROLE, SERVER } from "./protocol.js";
import { Relay } from "./relay.js";
import { knocksAt } from "./roster.js";

const NOTHING = Object.freeze({ audio: null, video: null });
const MEDIA = [SERVER.MEDIA_OFFER, SERVER.MEDIA_ANSWER, SERVER.MEDIA_CANDIDATE, SERVER.MEDIA_RESTART];

/**
 * @typedef {object} Options
 * @property {import("./connection.js").Connection} connection
 * @property {() => Record<"audio" | "video", MediaStreamTrack | null>} tracks
 * @property {(id: string) => number | null} shown how many pictures of somebody were presented; null: out of sight
 * @property {() => Promise<typeof import("./pilot.js")>} fetchPilot
 * @property {() => void} onChange streams or states of links changed
 */

export class Mesh {
  /** @param {Options} options */
  constructor({ connection, tracks, shown, onChange, fetchPilot }) {
    /** @type {Map<string, PeerLink>} */
    this.links = new Map();
    /** @type {Record<string, MediaStream>} */
    this.streams = {};
    /** @type {Record<string, string>} */
    this.states = {};
    this.relay = new Relay(
      () => connection.post({ type: CLIENT.ICE_ASK }),
      () => this.resume(),
    );
    /** @type {import("./room.js").Room | null} */
    this.room = null;
    this.connection = connection;
    this.hooks = {
      tracks: (peer) => (this.room && isApart(this.room, peer) ? NOTHING : tracks()),
      ways: () => ({ iceServers: [...this.relay.servers], iceTransportPolicy: this.room?.relayOnly ? "relay" : "all" }),
      isOnline: () => connection.isUp,
      isRelayReady: () => this.relay.isReady(),
      say: (message, mustArrive) => (mustArrive ? connection.send(message) : connection.post(message)),
      onStream: (id, stream) => {
        this.streams[id] = stream;
        onChange();
      },
      onIce: (id, state) => {
        this.states[id] = state;
        if (state === "connected" && !connection.isUp) connection.probe(); // the network is back
        onChange();
      },
      shown,
      hears: (peer) => peer.audio && !isApart(this.room, peer),
      best: (id) => bestOf(this.room, id),
      onStep: (id) => this.report(id),
      onMoving: onChange,
      fetchPilot,
    };
  }

  /** Make the links fit the room after a message. @param {import("./room.js").Room} room @param {any} message */
  update(room, message) {
    const before = this.room;
    this.room = room;
    this.setIceServers(room.iceServers);
    for (const id of [...this.links.keys()]) if (!room.peers[id]) this.drop(id);
    for (const peer of Object.values(room.peers)) {
      const link = this.links.get(peer.id);
      if (link) link.update(peer);
      else if (!knocksAt(peer)) this.links.set(peer.id, new PeerLink(peer, this.hooks));
    }
    if (before && (before.heldBy !== room.heldBy || before.role !== room.role)) this.changeTracks();
    if (MEDIA.includes(message.type)) this.links.get(message.from)?.receive(message);
    if (message.type === SERVER.ICE_RENEWED) this.relay.arrived();
  }

  /** The line to the server is back: mend what broke meanwhile, leave alone what still carries media. */
  resume() {
    this.relay.stop();
    for (const link of this.links.values()) link.again();
  }

  /** The same, with the relay's credentials that the server sends to whoever is back. */
  resumeRenewed() {
    if (this.relay.isThere) this.relay.wait();
    else this.resume();
  }

  /** Tell the server what we send somebody, and how the way there is. @param {string} id */
  report(id) {
    const { reading, state } = this.links.get(id)?.pilot ?? {};
    if (!reading) return;
    const { kbps, rtt, loss } = reading;
    const figures = { outgoing_kbps: kbps, rtt_ms: rtt, loss_percent: loss };
    this.connection.post({ type: CLIENT.QUALITY_REPORT, to: id, level: state.level, reason: state.reason, ...figures });
  }

  reportAll() {
    for (const id of this.links.keys()) this.report(id);
  }

  /** Own camera or microphone came or went. */
  changeTracks() {
    for (const link of this.links.values()) link.negotiation.changeTracks();
  }

  /** What is to be said of what arrives. @returns {{cutFor: number, hushed: string | null}} */
  get media() {
    const [hushed] = [...this.links.values()].filter((link) => link.pilot?.isHushed);
    return { cutFor: this.cutFor(), hushed: hushed?.peer.name ?? null };
  }

  /** @private ms for which nothing has arrived of those the call is held for: of the doctor, or at the doctor of anybody. */
  cutFor(now = performance.now()) {
    const people = Object.values(this.room?.peers ?? {}).filter((peer) => this.links.has(peer.id));
    const doctor = people.filter((peer) => peer.role === ROLE.DOCTOR);
    const since = (doctor.length ? doctor : people).map((peer) => now - this.links.get(peer.id).heardAt);
    return since.length ? Math.min(...since) : 0;
  }

  /** Whether pictures of somebody arrive now. @param {string} id */
  moves = (id) => Boolean(this.links.get(id)?.pilot?.isMoving);

  /** @returns {RTCPeerConnection[]} */
  connections() {
    return [...this.links.values()].map((link) => link.negotiation.pc).filter(Boolean);
  }

  close() {
    this.relay.stop();
    for (const id of [...this.links.keys()]) this.drop(id);
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
    if (!this.relay.take(iceServers)) return;
    for (const pc of this.connections()) {
      pc.setConfiguration({ ...pc.getConfiguration(), iceServers: [...iceServers] });
    }
  }
}
