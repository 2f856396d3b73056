/** What was said with a number and not yet answered: sent again, in order, after a dropped socket. */
import { CLIENT } from "./protocol.js";

/**
 * @typedef {{ok: boolean, code?: string}} Outcome
 * @typedef {{type: string, ref?: number, [field: string]: unknown}} Message
 */

export class Outbox {
  constructor() {
    /** @type {Map<number, {message: Message, settle: (outcome: Outcome) => void}>} */
    this.open = new Map();
    this.last = 0;
  }

  /**
   * Number a message and keep it until it is answered; an offer replaces one to the same peer that nobody heard.
   * @param {Message} message
   * @returns {{message: Message, outcome: Promise<Outcome>}}
   */
  add(message) {
    this.drop(({ type, to }) => type === CLIENT.MEDIA_OFFER && type === message.type && to === message.to);
    const ref = ++this.last;
    const numbered = { ...message, ref };
    const outcome = new Promise((settle) => this.open.set(ref, { message: numbered, settle }));
    return { message: numbered, outcome };
  }

  /** The server answered number `ref`; with a code, it refused. @param {number} ref @param {string} [code] */
  settle(ref, code) {
    const entry = this.open.get(ref);
    this.open.delete(ref);
    entry?.settle(code ? { ok: false, code } : { ok: true });
  }

  /** Everything unanswered, oldest first. @returns {Message[]} */
  unanswered() {
    return [...this.open.values()].map((entry) => entry.message);
  }

  /** Give up on messages that make no sense any more. @param {(message: Message) => boolean} isStale */
  drop(isStale) {
    for (const [ref, entry] of [...this.open]) {
      if (isStale(entry.message)) this.settle(ref, "dropped");
    }
  }
}
