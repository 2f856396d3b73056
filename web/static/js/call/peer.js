/** One other participant: keeps a connection to them alive for as long as they are in the room. */
import { Negotiation } from "./negotiation.js";
import { PRESENCE } from "./protocol.js";
import { ANSWER_TIMEOUT, GRACE, nextStep } from "./recovery.js";

/**
 * @typedef {object} Hooks
 * @property {(message: object, mustArrive: boolean) => void} say
 * @property {() => Record<"audio" | "video", MediaStreamTrack | null>} tracks
 * @property {() => readonly RTCIceServer[]} iceServers
 * @property {() => boolean} isOnline whether we are at the signalling server
 * @property {(id: string, stream: MediaStream) => void} onStream
 * @property {(id: string, state: string) => void} onIce
 */

export class PeerLink {
  /** @param {import("./room.js").Peer} peer @param {Hooks} hooks */
  constructor(peer, hooks) {
    this.peer = peer;
    this.isOnline = hooks.isOnline;
    this.timer = undefined;
    this.restarts = 0;
    this.troubledAt = performance.now();
    this.negotiation = new Negotiation({
      ...hooks,
      say: (message, mustArrive) => hooks.say({ ...message, to: peer.id }, mustArrive),
      onStream: (stream) => hooks.onStream(peer.id, stream),
      onIce: (state) => {
        this.watch(state);
        hooks.onIce(peer.id, state);
      },
      onFailure: () => {
        this.restarts = Infinity; // no use mending this connection: make another
        this.timer = setTimeout(() => this.check(), GRACE);
      },
    });
    this.check();
  }

  /** The roster changed. @param {import("./room.js").Peer} peer */
  update(peer) {
    const isBack = peer.state === PRESENCE.PRESENT && this.peer.state !== PRESENCE.PRESENT;
    this.peer = peer;
    if (isBack) this.check();
  }

  /** An offer, answer or candidate of theirs. @param {any} message */
  receive(message) {
    this.negotiation.receive(message);
  }

  /** Do what is due now; also called when the line to the server is back. */
  check() {
    clearTimeout(this.timer);
    const step = nextStep({
      offers: this.peer.offers,
      isConnected: this.negotiation.isConnected,
      canReach: this.isOnline() && this.peer.state === PRESENCE.PRESENT,
      isNew: !this.negotiation.pc,
      restarts: this.restarts,
      since: performance.now() - this.troubledAt,
    });
    if (step === "none" || step === "wait") return;
    if (step === "renew") {
      this.restarts = 0;
      this.troubledAt = performance.now();
    } else this.restarts += 1;
    this.negotiation.offer({ isNew: step === "renew" });
    this.timer = setTimeout(() => this.check(), ANSWER_TIMEOUT);
  }

  close() {
    clearTimeout(this.timer);
    this.negotiation.close();
  }

  /** @private @param {RTCIceConnectionState} state */
  watch(state) {
    if (this.negotiation.isConnected) {
      clearTimeout(this.timer);
      this.restarts = 0;
    } else if (state === "disconnected") {
      this.troubledAt = performance.now();
      this.timer = setTimeout(() => this.check(), GRACE);
    } else if (state === "failed") this.check();
  }
}
