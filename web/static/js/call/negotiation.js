/**
 * One RTCPeerConnection after another with one peer: offers, answers, candidates, in order.
 *
 * Both kinds of media are negotiated once, with or without a track; camera and microphone then come and go
 * by replaceTrack. Of each pair only one side offers, always (the server says who): offers never cross.
 */
import { CLIENT, SERVER } from "./protocol.js";
import { CandidateQueue } from "./recovery.js";
import { capAudio, capVideo, preferRedundancy, withOpusWishes } from "./senders.js";

/**
 * @typedef {object} Hooks
 * @property {(message: object, mustArrive: boolean) => void} say
 * @property {() => Record<"audio" | "video", MediaStreamTrack | null>} tracks own ones, as they are now
 * @property {() => readonly RTCIceServer[]} iceServers
 * @property {(stream: MediaStream) => void} onStream a fresh one each time: players must take it anew
 * @property {(state: RTCIceConnectionState) => void} onIce
 * @property {(error: Error) => void} onFailure a description was not accepted
 */

export class Negotiation {
  /** @param {Hooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    /** @type {RTCPeerConnection | null} */
    this.pc = null;
    this.name = "";
    this.level = "high";
    this.chain = Promise.resolve();
  }

  get isConnected() {
    return ["connected", "completed"].includes(this.pc?.iceConnectionState);
  }

  /** Offer: on a new connection, or restarting ICE on the one there is. @param {{isNew: boolean}} how */
  offer({ isNew }) {
    if (isNew) this.make(Math.random().toString(36).slice(2, 12));
    this.enqueue(async (pc, connection) => {
      if (isNew) this.addMedia();
      await pc.setLocalDescription(await pc.createOffer({ iceRestart: !isNew }));
      this.hooks.say({ type: CLIENT.MEDIA_OFFER, connection, sdp: withOpusWishes(pc.localDescription.sdp) }, true);
    });
  }

  /** An offer, answer or candidate of theirs. @param {any} message */
  receive(message) {
    if (message.type === SERVER.MEDIA_OFFER) {
      if (message.connection !== this.name) this.make(message.connection);
      this.enqueue((pc, connection) => this.answer(pc, connection, message.sdp));
    } else if (message.connection !== this.name) return; // of a connection that is gone
    else if (message.type === SERVER.MEDIA_ANSWER) {
      this.enqueue(async (pc) => {
        if (pc.signalingState !== "have-local-offer") return;
        await this.describe(pc, { type: "answer", sdp: message.sdp });
        await this.cap();
      });
    } else if (message.candidate) {
      this.enqueue(async (pc) => {
        if (this.early.isTimely(message.candidate, pc.remoteDescription?.sdp)) await add(pc, message.candidate);
      });
    }
  }

  /** Own camera or microphone came or went. */
  changeTracks() {
    this.enqueue((pc) => this.fit(pc));
  }

  /** How much picture the line should carry. @param {string} level */
  setLevel(level) {
    this.level = level;
    this.enqueue(() => this.cap());
  }

  close() {
    this.pc?.close();
    this.pc = null;
    this.name = "";
  }

  /** @private @param {string} name */
  make(name) {
    this.close();
    const pc = new RTCPeerConnection({ iceServers: [...this.hooks.iceServers()], bundlePolicy: "max-bundle" });
    Object.assign(this, { pc, name, early: new CandidateQueue() });
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate) return;
      this.hooks.say({ type: CLIENT.MEDIA_CANDIDATE, connection: name, candidate: candidate.toJSON() }, false);
    };
    pc.oniceconnectionstatechange = () => this.pc === pc && this.hooks.onIce(pc.iceConnectionState);
    pc.ontrack = () => this.hooks.onStream(new MediaStream(pc.getReceivers().map((each) => each.track)));
  }

  /** @private */
  addMedia() {
    const streams = [new MediaStream()]; // one stream for both: keeps lips and voice together
    const tracks = this.hooks.tracks();
    for (const kind of ["audio", "video"]) this.pc.addTransceiver(tracks[kind] ?? kind, { streams });
    preferRedundancy(this.pc);
  }

  /** @private */
  async answer(pc, connection, sdp) {
    await this.describe(pc, { type: "offer", sdp });
    const stream = new MediaStream();
    for (const each of pc.getTransceivers()) {
      each.direction = "sendrecv";
      each.sender.setStreams?.(stream);
    }
    await this.fit(pc);
    preferRedundancy(pc);
    await pc.setLocalDescription(await pc.createAnswer());
    this.hooks.say({ type: CLIENT.MEDIA_ANSWER, connection, sdp: withOpusWishes(pc.localDescription.sdp) }, true);
    await this.cap();
  }

  /** @private Whatever is open now is what is sent. */
  async fit(pc) {
    const tracks = this.hooks.tracks();
    for (const each of pc.getTransceivers()) await each.sender.replaceTrack(tracks[each.receiver.track.kind]);
  }

  /** @private */
  async describe(pc, description) {
    await pc.setRemoteDescription(description);
    for (const candidate of this.early.take(description.sdp)) await add(pc, candidate);
  }

  /** @private A cap the browser refuses costs bits, not the call. */
  async cap() {
    for (const each of this.pc.getTransceivers()) {
      const isAudio = each.receiver.track.kind === "audio";
      await (isAudio ? capAudio(each.sender) : capVideo(each.sender, this.level)).catch(() => undefined);
    }
  }

  /** @private Steps run one after the other, and not at all once their connection has been replaced. */
  enqueue(step) {
    const { pc, name } = this;
    const isCurrent = () => pc !== null && this.pc === pc;
    this.chain = this.chain
      .then(() => (isCurrent() ? step(pc, name) : undefined))
      .catch((error) => (isCurrent() ? this.hooks.onFailure(error) : undefined));
  }
}

/** A candidate that does not fit is one way less, not a failure. */
const add = (pc, candidate) => pc.addIceCandidate(candidate).catch(() => undefined);
