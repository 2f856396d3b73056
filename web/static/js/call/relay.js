/** The relay's credentials: they end, and what looks for a way just before they do would find one that ends too. */
import { RELAY_SECONDS } from "./protocol.js";

const PATIENCE = 700; // ms a restart waits for fresh ones
const OLD = RELAY_SECONDS * 750; // ms: three quarters of their life
const ENOUGH = 30_000; // ms those at hand have to do where no others came

export class Relay {
  /** @param {() => void} ask for fresh ones @param {() => void} onReady links may look for a way again */
  constructor(ask, onReady) {
    Object.assign(this, { ask, onReady, timer: null });
    /** @type {readonly RTCIceServer[]} */
    this.servers = [];
    this.takenAt = 0; // by the wall clock, which goes on while a computer sleeps
  }

  get isThere() {
    return this.servers.some((each) => each.credential);
  }

  /** What the server gave last; whether it is new. @param {readonly RTCIceServer[]} servers */
  take(servers) {
    if (servers === this.servers) return false;
    Object.assign(this, { servers, takenAt: Date.now() });
    return true;
  }

  /** Whether a way may be looked for now; where not, fresh credentials are asked for and `onReady` follows. */
  isReady() {
    if (this.timer) return false;
    if (!this.isThere || Date.now() - this.takenAt < OLD) return true;
    this.ask();
    this.wait();
    return false;
  }

  /** Fresh ones are on their way. */
  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.takenAt = Math.max(this.takenAt, Date.now() - OLD + ENOUGH);
      this.end();
    }, PATIENCE);
  }

  /** They have come. */
  arrived() {
    if (this.timer) this.end();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  /** @private */
  end() {
    this.stop();
    this.onReady();
  }
}
