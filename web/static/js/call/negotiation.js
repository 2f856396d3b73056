/**
 * One RTCPeerConnection after another with one peer: offers, answers, candidates, in order.
 *
 * Both kinds of media are negotiated once, with or without a track; camera and microphone then come and go
 * by replaceTrack. Of each pair only one side offers, always (the server says who): offers never cross.
 */
import { hasPicture } from "./levels.js";
import { CLIENT, LEVEL, SERVER } from "./protocol.js";
import { CandidateQueue } from "./recovery.js";
import { preferRedundancy, withOpusWishes } from "./senders.js";
import { addMedia, capAll, fit, readAt, reread, sendToo } from "./sending.js";
import { asAnswer } from "./shape.js";

const SMALL_FOR = 4000; // ms
const CHANNEL = { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 }; // both make the same, for the pilot

/**
 * @typedef {object} Hooks
 * @property {(message: object, mustArrive: boolean) => void} say
 * @property {() => Record<"audio" | "video", MediaStreamTrack | null>} tracks own ones, as they are now
 * @property {() => RTCConfiguration} ways relays, and whether there is no other way
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
    Object.assign(this, { name: "", level: LEVEL.HIGH, chain: Promise.resolve() });
  }

  get isConnected() {
    return ["connected", "completed"].includes(this.pc?.iceConnectionState);
  }

  /** Offer: on a new connection, or restarting ICE on the one there is. @param {{isNew: boolean}} how */
  offer({ isNew }) {
    if (isNew) this.make(Math.random().toString(36).slice(2, 12));
    this.enqueue(async (pc, connection) => {
      if (isNew) addMedia(pc, this.hooks.tracks());
      await pc.setLocalDescription(await pc.createOffer({ iceRestart: !isNew }));
      this.tell(pc, { type: CLIENT.MEDIA_OFFER, connection, offer: (this.offers += 1) });
    });
  }

  /** An offer, answer or candidate of theirs. @param {any} message */
  receive(message) {
    if (message.type === SERVER.MEDIA_OFFER) {
      if (message.connection !== this.name) this.make(message.connection);
      this.enqueue((pc, connection) => this.answer(pc, connection, message));
    } else if (message.connection !== this.name) return; // of a connection that is gone
    else if (message.type === SERVER.MEDIA_ANSWER) {
      this.enqueue(async (pc) => {
        // After a break several offers may be answered; none but the last is in force.
        if (pc.signalingState !== "have-local-offer" || (message.offer ?? this.offers) !== this.offers) return;
        await this.describe(pc, { type: "answer", sdp: message.sdp });
        await this.cap(pc);
      });
    } else if (message.candidate) {
      this.enqueue((pc) => this.early.give(pc, message.candidate));
    }
  }

  /** Own camera or microphone came or went. */
  changeTracks() {
    this.enqueue((pc) => fit(pc, this.hooks.tracks()).then(() => this.cap(pc))); // a screen has other caps than a face
  }

  /** How much of us this peer gets. @param {string} level */
  setLevel(level) {
    this.level = level;
    this.enqueue((pc) => this.cap(pc));
  }

  /** Hardly a picture into a cut line: all lost is asked for again. Not none: it then came 3 s late, half the time. */
  pause() {
    if (hasPicture(this.level)) this.enqueue((pc) => capAll(pc, this.level, LEVEL.STILLS));
  }

  /** After a break a small picture comes first: whole, soon there, and nobody has to ask for it. */
  freshen() {
    if (!hasPicture(this.level)) return;
    this.enqueue((pc) => capAll(pc, this.level, LEVEL.LOW));
    setTimeout(() => this.enqueue((pc) => capAll(pc, this.level)), SMALL_FOR);
  }

  close() {
    this.pc?.close();
    Object.assign(this, { pc: null, name: "" });
  }

  /** @private @param {string} name */
  make(name) {
    this.close();
    const pc = new RTCPeerConnection({ ...this.hooks.ways(), bundlePolicy: "max-bundle" });
    Object.assign(this, { pc, name, offers: 0, early: new CandidateQueue(), theirs: "", way: "", chain: Promise.resolve() });
    this.channel = pc.createDataChannel("gauge", CHANNEL);
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate) return;
      this.hooks.say({ type: CLIENT.MEDIA_CANDIDATE, connection: name, candidate: candidate.toJSON() }, false);
    };
    pc.oniceconnectionstatechange = () => this.pc === pc && this.hooks.onIce(pc.iceConnectionState);
    pc.ontrack = () => this.hooks.onStream(new MediaStream(pc.getReceivers().map((each) => each.track)));
  }

  /** @private */
  async answer(pc, connection, { sdp, offer }) {
    await this.describe(pc, { type: "offer", sdp });
    this.theirs = asAnswer(sdp);
    this.way = sdp; // as they wrote it
    sendToo(pc);
    await fit(pc, this.hooks.tracks());
    preferRedundancy(pc);
    await pc.setLocalDescription(await pc.createAnswer());
    this.tell(pc, { type: CLIENT.MEDIA_ANSWER, connection, offer });
    await this.cap(pc);
  }

  /** @private Our description; `offer` is its number, or of what it answers. */
  tell(pc, message) {
    this.hooks.say({ ...message, sdp: withOpusWishes(pc.localDescription.sdp) }, true);
  }

  /** @private */
  async describe(pc, description) {
    const { type, sdp } = description;
    if (type === "answer") Object.assign(this, { theirs: sdp, way: readAt(this.level, sdp) });
    await pc.setRemoteDescription(type === "answer" ? { type, sdp: this.way } : description);
    await this.early.giveDue(pc, description.sdp);
  }

  /** @private */
  async cap(pc) {
    await capAll(pc, this.level);
    await reread(pc, this).catch(() => pc.setLocalDescription({ type: "rollback" }).catch(() => undefined));
  }

  /** @private One after the other, of each connection by itself: what a closed one was asked is never answered. */
  enqueue(step) {
    const { pc, name } = this;
    const isCurrent = () => pc !== null && this.pc === pc;
    this.chain = this.chain
      .then(() => (isCurrent() ? step(pc, name) : undefined))
      .catch((error) => (isCurrent() ? this.hooks.onFailure(error) : undefined));
  }
}
