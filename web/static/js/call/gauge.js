/**
 * How much a line carries, tried with four kilobytes: of a burst sent at once, the line lets the last packet
 * through as late as its rate makes it. Needed where no picture is sent, and the browser's own estimate hardly
 * grows; and cheap: at 80 kbit/s it makes a queue of 0.4 s.
 */

const PACKETS = 4;
const BYTES = 1000;
const LOST_AFTER = 4000;
const SLACK = 60; // ms two browsers may take to notice a packet

/**
 * kbit/s of a burst that was answered.
 * @param {number} took ms from the first packet sent to the answer
 * @param {number} span ms between the first and the last packet's arrival
 * @param {number} rtt ms
 */
export function rateOf(took, span, rtt) {
  const byArrival = (PACKETS - 1) / span;
  const byAnswer = PACKETS / Math.max(1, took - rtt - SLACK); // arrivals in one lump look like a fast line
  return Math.round(Math.min(byArrival, byAnswer) * BYTES * 8);
}

export class Gauge {
  /** @param {RTCDataChannel} channel of the connection it measures */
  constructor(channel) {
    this.channel = channel;
    this.channel.binaryType = "arraybuffer";
    this.channel.onmessage = ({ data }) => {
      if (typeof data === "string") this.answered(JSON.parse(data));
      else this.arrived(new Uint8Array(data));
    };
    Object.assign(this, { sentAt: null, result: null, round: 0 });
  }

  /** Send a burst; the answer is for a later `take`. @param {number} rtt ms */
  probe(rtt) {
    if (this.channel.readyState !== "open" || this.sentAt !== null) return;
    Object.assign(this, { sentAt: performance.now(), rtt, round: (this.round + 1) % 256 });
    for (let index = 0; index < PACKETS; index += 1) {
      const packet = new Uint8Array(BYTES);
      packet.set([this.round, index]);
      this.channel.send(packet);
    }
  }

  /** What the last burst showed, once; 0: it was lost, null: nothing new. @returns {number | null} */
  take() {
    const isLost = this.sentAt !== null && performance.now() - this.sentAt > LOST_AFTER;
    if (isLost) Object.assign(this, { sentAt: null, result: 0 });
    const { result } = this;
    this.result = null;
    return result;
  }

  /** @private */
  arrived([round, index]) {
    if (index === 0) this.first = { round, at: performance.now() };
    if (index !== PACKETS - 1 || this.first?.round !== round) return;
    this.channel.send(JSON.stringify([round, Math.max(1, performance.now() - this.first.at)]));
  }

  /** @private */
  answered([round, span]) {
    if (round !== this.round || this.sentAt === null) return;
    this.result = rateOf(performance.now() - this.sentAt, span, this.rtt);
    this.sentAt = null;
  }
}
