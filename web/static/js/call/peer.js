/** One other participant: keeps a connection to them alive for as long as they are in the room. */
import { Negotiation } from "./negotiation.js";
import { CLIENT, PRESENCE, SERVER } from "./protocol.js";
import { ANSWER_TIMEOUT, GRACE, nextStep } from "./recovery.js";

/**
 * @typedef {object} Hooks
 * @property {(message: object, mustArrive: boolean) => void} say
 * @property {(peer: import("./room.js").Peer) => Record<"audio" | "video", MediaStreamTrack | null>} tracks
 * @property {() => RTCConfiguration} ways relays, and whether there is no other way
 * @property {() => boolean} isOnline whether we are at the signalling server
 * @property {() => boolean} isRelayReady whether a way may be looked for now; where not, `again` is called soon
 * @property {(id: string, stream: MediaStream) => void} onStream
 * @property {(peer: import("./room.js").Peer) => boolean} hears whether their voice is to arrive
 * @property {(id: string) => string} best the most this peer may get of us
 * @property {(id: string) => number | null} shown how many of their pictures were presented
 * @property {(id: string) => void} onStep what we send them changed
 * @property {() => Promise<typeof import("./pilot.js")>} fetchPilot
 * @property {() => void} onMoving whether their picture moves changed
 * @property {(id: string, state: string) => void} onIce
 */

export class PeerLink {
  /** @param {import("./room.js").Peer} peer @param {Hooks} hooks */
  constructor(peer, hooks) {
    this.peer = peer;
    Object.assign(this, { isOnline: hooks.isOnline, isRelayReady: hooks.isRelayReady, say: hooks.say });
    this.restarts = 0;
    this.isStill = this.isClosed = false;
    this.troubledAt = performance.now();
    this.negotiation = new Negotiation({
      ...hooks,
      tracks: () => hooks.tracks(this.peer),
      say: (message, mustArrive) => hooks.say({ ...message, to: peer.id }, mustArrive),
      onStream: (stream) => hooks.onStream(peer.id, stream),
      onIce: (state) => {
        this.watch(state);
        hooks.onIce(peer.id, state);
      },
      onFailure: () => {
        this.restarts = Infinity; // no use mending this connection: make another
        this.checkIn(GRACE);
      },
    });
    this.show = (stream) => hooks.onStream(peer.id, stream);
    this.awaitedAt = performance.now();
    this.pilot = null;
    hooks.fetchPilot().then(({ Pilot }) => this.isClosed || this.steer(Pilot, hooks), () => undefined);
    this.check();
  }

  /** When anything of them arrived last, or was first awaited; without the pilot the connection's word counts. */
  get heardAt() {
    return this.pilot?.heardAt ?? (this.negotiation.isConnected ? performance.now() : this.awaitedAt);
  }

  /** @private What steers comes a little after what connects. */
  steer(Pilot, hooks) {
    const { id } = this.peer;
    this.pilot = new Pilot(this.negotiation, {
      expectsVoice: () => hooks.hears(this.peer) && this.peer.state === PRESENCE.PRESENT,
      shown: () => hooks.shown(id),
      best: () => hooks.best(id),
      onStep: () => hooks.onStep(id),
      onMoving: () => hooks.onMoving(),
      onStill: (act) => this.mend(act),
    });
    this.pilot.heardAt = this.awaitedAt;
  }

  /** The roster changed. @param {import("./room.js").Peer} peer */
  update(peer) {
    const isBack = peer.state === PRESENCE.PRESENT && this.peer.state !== PRESENCE.PRESENT;
    this.peer = peer;
    if (isBack) this.check();
  }

  /** An offer, answer or candidate of theirs. @param {any} message */
  receive(message) {
    if (message.type !== SERVER.MEDIA_RESTART) return this.negotiation.receive(message);
    if (message.connection !== this.negotiation.name) return;
    this.mend(this.asked === message.connection ? "renew" : "restart"); // asked again: a restart was no help
    this.asked = message.connection;
  }

  /** What arrives is not seen or heard. @param {"attach" | "restart" | "renew"} act */
  mend(act) {
    const { pc, name } = this.negotiation;
    if (act === "attach") this.show(new MediaStream(pc.getReceivers().map((each) => each.track)));
    else if (!this.peer.offers) this.say({ type: CLIENT.MEDIA_RESTART, connection: name, to: this.peer.id }, false);
    else {
      if (act === "renew") this.restarts = Infinity;
      this.check(true);
    }
  }

  /** The line to the server is back, or the relay is ready: do what was put off. */
  again() {
    this.check(this.isStill);
  }

  /** Do what is due now. @param {boolean} isStill connected, yet nothing is seen or heard of them */
  check(isStill = false) {
    clearTimeout(this.timer);
    if (this.isClosed) return;
    const step = nextStep({
      offers: this.peer.offers,
      isConnected: this.negotiation.isConnected,
      canReach: this.isOnline() && this.peer.state === PRESENCE.PRESENT,
      isStill,
      isNew: !this.negotiation.pc,
      restarts: this.restarts,
      since: performance.now() - this.troubledAt,
    });
    const isPutOff = !["none", "wait"].includes(step) && !this.isRelayReady();
    this.isStill = isPutOff && isStill;
    if (isPutOff || step === "none" || step === "wait") return;
    if (step === "renew") {
      this.restarts = 0;
      this.troubledAt = performance.now();
    } else this.restarts += 1;
    this.negotiation.offer({ isNew: step === "renew" });
    this.checkIn(ANSWER_TIMEOUT);
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.pilot?.close();
    this.negotiation.close();
  }

  /** @private One look is due at a time: one forgotten outlives the link. @param {number} milliseconds */
  checkIn(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), milliseconds);
  }

  /** @private @param {RTCIceConnectionState} state */
  watch(state) {
    if (this.negotiation.isConnected) {
      clearTimeout(this.timer);
      this.restarts = 0;
      this.pilot?.mended();
    } else if (state === "disconnected") {
      this.troubledAt = performance.now();
      this.checkIn(GRACE);
    } else if (state === "failed") this.check();
  }
}
