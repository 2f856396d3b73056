/** The socket of a check: its round trip, and through it the offer to the checking peer. */
import { median } from "./stats.js";

const OPEN_MS = 8000;
const ANSWER_MS = 230_000; // waiting for a place included
const PINGS = 6;

export class Refused extends Error {}

export class CheckSocket {
  /** @param {string} path @param {string} ticket @returns {Promise<CheckSocket>} */
  static async open(path, ticket) {
    const self = new CheckSocket(new WebSocket(location.origin.replace("http", "ws") + path));
    const welcome = self.next("welcome", OPEN_MS);
    self.socket.onopen = () => self.send({ type: "hello", ticket });
    self.servers = (await welcome).ice_servers;
    return self;
  }

  /** @private @param {WebSocket} socket */
  constructor(socket) {
    this.socket = socket;
    this.servers = [];
    this.waiting = new Map();
    this.onQueued = () => undefined;
    socket.onmessage = ({ data }) => this.take(JSON.parse(data));
    socket.onclose = socket.onerror = () => this.fail("closed");
  }

  /** Milliseconds there and back, of several. @returns {Promise<number | null>} */
  async roundTrip() {
    const took = [];
    for (let n = 0; n < PINGS; n += 1) {
      const pong = this.next("pong", OPEN_MS);
      const sent = performance.now();
      this.send({ type: "ping", n });
      await pong;
      took.push(performance.now() - sent);
    }
    return median(took);
  }

  /**
   * @param {string} sdp @param {(before: number) => void} onQueued
   * @param {boolean} [echo] whether sound and picture are to come back
   * @returns {Promise<string>} the answer
   */
  async offer(sdp, onQueued, echo = false) {
    this.onQueued = onQueued;
    const answer = this.next("answer", ANSWER_MS);
    this.send({ type: "offer", sdp, echo });
    return (await answer).sdp;
  }

  close() {
    this.socket.onclose = this.socket.onerror = null;
    this.socket.close();
  }

  /** @private */
  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  /** @private @param {string} type @param {number} within milliseconds @returns {Promise<any>} */
  next(type, within) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Refused("silent")), within);
      this.waiting.set(type, { resolve, reject, timer });
    });
  }

  /** @private */
  take(message) {
    if (message.type === "queued") this.onQueued(message.before);
    else if (message.type === "refused") this.fail(message.code);
    else this.settle(message.type, (found) => found.resolve(message));
  }

  /** @private @param {string} code */
  fail(code) {
    for (const type of [...this.waiting.keys()]) this.settle(type, (found) => found.reject(new Refused(code)));
  }

  /** @private */
  settle(type, how) {
    const found = this.waiting.get(type);
    if (!found) return;
    this.waiting.delete(type);
    clearTimeout(found.timer);
    how(found);
  }
}
