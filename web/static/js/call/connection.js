/** The line to the signalling server: ticket or resume, nothing lost, nothing twice, back by itself. */
import { Line, SAID_DEAD } from "./line.js";
import { Outbox } from "./outbox.js";
import { answerWithin, delayBefore, FULL_AGAIN, patienceFor } from "./patience.js";
import { CLIENT, CLOSE, CODE, FINAL_CLOSES, SERVER, VERSION } from "./protocol.js";

const HUNG = 200; // ms after a try that nobody heard
const NEW_TICKETS = 3;

/**
 * @typedef {"connecting" | "up" | "down" | "closed"} LinkState
 * @typedef {object} Options
 * @property {string} url
 * @property {() => Promise<string>} getTicket rejects with `{final: true, code}` when there is none to get
 * @property {() => {audio: boolean, video: boolean}} tracks what is switched on
 * @property {(message: any) => void} onMessage
 * @property {(state: LinkState, code?: string) => void} onLink
 * @property {(url: string) => WebSocket} [open]
 */

export class Connection {
  /** @param {Options} options */
  constructor(options) {
    this.options = { open: (url) => new WebSocket(url), ...options };
    this.outbox = new Outbox();
    this.line = this.retry = this.resume = this.refused = null;
    this.epoch = this.lastSeq = this.attempt = this.newTickets = this.opened = 0;
    this.isUp = this.isClosed = false;
    Object.assign(this, { took: null, triedAt: 0 });
  }

  /** Connect; what happens next is told through onLink and onMessage. */
  async start() {
    this.options.onLink("connecting");
    let ticket = null;
    try {
      if (!this.resume) ticket = await this.options.getTicket();
    } catch (error) {
      return error?.final ? this.finish(error.code) : this.again();
    }
    if (!this.isClosed) this.connect(ticket);
  }

  /** Leave the room for good. */
  stop() {
    this.line?.close(CLOSE.NORMAL);
    this.finish("left");
  }

  /** Say something that must arrive. @returns {Promise<import("./outbox.js").Outcome>} */
  send(message) {
    const { message: numbered, outcome } = this.outbox.add(message);
    this.post(numbered);
    return outcome;
  }

  /** Say something that may be lost. */
  post(message) {
    if (this.isUp) this.line?.send(message);
  }

  /** The network or the screen is back: neither wait for the next try nor trust the old line. */
  probe() {
    if (this.isUp) this.line.probe();
    else if (this.retry || this.line) {
      clearTimeout(this.retry);
      this.retry = null;
      this.line?.close(); // a try that began on a dead network goes on waiting for it
      this.line = null;
      this.start();
    }
  }

  /** @private */
  connect(ticket) {
    this.refused = null;
    this.triedAt = performance.now();
    const place = ticket ? { ticket } : { resume: this.resume, epoch: this.epoch, last_seq: this.lastSeq };
    const proof = { ...place, attempt: ++this.opened }; // a hello that arrives too late is told by it
    this.line = new Line(this.options.open(this.options.url), {
      onOpen: () =>
        this.line.send({ type: CLIENT.HELLO, versions: [VERSION], ...proof, ...this.options.tracks() }),
      onMessage: (message) => this.hear(message),
      onClose: (code) => this.closed(code),
      onBeat: () => this.post({ type: CLIENT.PING, last_seq: this.lastSeq }),
    }, [patienceFor(this.took, this.attempt), answerWithin(this.attempt)]);
  }

  /** @private */
  hear(message) {
    if (message.heartbeat_seconds) this.line.setHeartbeat(message.heartbeat_seconds);
    if (message.type === SERVER.ROOM_EPOCH) this.lastSeq = 0;
    if (message.seq != null) {
      if (message.seq <= this.lastSeq) return;
      this.lastSeq = message.seq;
    }
    if (message.type === SERVER.WAITING) this.welcome(message);
    if (message.type === SERVER.REFUSED) this.refused = message;
    if (message.type === SERVER.DONE) this.outbox.settle(message.reply_to);
    if (message.type === SERVER.ERROR && message.reply_to) this.outbox.settle(message.reply_to, message.code);
    this.options.onMessage(message);
  }

  /** @private */
  welcome(message) {
    this.resume = message.resume;
    this.epoch = message.epoch;
    if (this.isUp) return;
    this.isUp = true;
    this.took = performance.now() - this.triedAt;
    this.attempt = this.newTickets = 0;
    if (!message.resumed) {
      this.lastSeq = 0;
      this.outbox.drop((unsent) => unsent.type.startsWith("media."));
    }
    for (const unanswered of this.outbox.unanswered()) this.post(unanswered);
    this.options.onLink("up");
  }

  /** @private */
  closed(code) {
    this.line = null;
    const { code: why, retry } = this.refused ?? {};
    const needsTicket = why === CODE.TICKET_REFUSED || why === CODE.RESUME_REFUSED;
    if (needsTicket && this.newTickets++ < NEW_TICKETS) this.resume = null;
    else if (why && !retry) return this.finish(why);
    else if (FINAL_CLOSES.includes(code)) {
      return this.finish(code === CLOSE.TAKEN_OVER ? CODE.SEAT_TAKEN_OVER : CODE.CALL_OVER);
    }
    this.again(code === SAID_DEAD && !this.isUp);
  }

  /** @private @param {boolean} [hung] the try got no answer */
  again(hung = false) {
    this.isUp = false;
    if (this.isClosed) return;
    this.options.onLink("down");
    const delay = this.refused?.code === CODE.ROOM_FULL ? FULL_AGAIN : delayBefore(this.attempt++);
    this.retry = setTimeout(() => this.probe(), hung ? Math.min(delay, HUNG) : delay);
  }

  /** @private */
  finish(code) {
    if (this.isClosed) return;
    Object.assign(this, { isClosed: true, isUp: false, line: null });
    clearTimeout(this.retry);
    this.options.onLink("closed", code);
  }
}
