/** Looks at one connection again and again: how much to send over it, and whether what comes is seen and heard. */
import { Gauge } from "./gauge.js";
import { began, step, wantsProbe } from "./ladder.js";
import { hasPicture } from "./levels.js";
import { read } from "./quality.js";
import { isHushed, notice, silentSince, watchful } from "./watch.js";

const LOOK_EVERY = 1000;
const LOOK_AGAIN = 300; // after a look that asked for less, and while nothing arrives
const CUT = 2; // looks in a row without a byte
const VOICE_ALONE = 110; // kbit/s: where only a voice goes out the estimate follows it, at 140 to 150, on any line

/**
 * @typedef {object} Hooks
 * @property {() => boolean} expectsVoice they have a microphone on, and are there
 * @property {() => number | null} shown how many of their pictures were presented so far; null: none can be
 * @property {() => string} best the most they may get
 * @property {() => void} onStep the level changed
 * @property {() => void} onMoving whether pictures of theirs arrive changed
 * @property {(act: "attach" | "restart" | "renew") => void} onStill what arrives is not seen or heard
 */

export class Pilot {
  /** @param {import("./negotiation.js").Negotiation} negotiation @param {Hooks} hooks */
  constructor(negotiation, hooks) {
    this.negotiation = negotiation;
    this.hooks = hooks;
    this.state = began(performance.now());
    this.watch = watchful();
    this.arrived = this.probedAt = this.dark = 0;
    this.isBroken = this.isMoving = false;
    this.isShown = true;
    this.silentSince = null;
    this.seenAt = 0;
    this.heardAt = performance.now(); // when anything of them arrived, or was first awaited
    /** @type {import("./quality.js").Reading | null} */
    this.reading = null;
    this.next(LOOK_EVERY);
  }

  close() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  /** The connection carries again. */
  mended() {
    if (this.isBroken) this.negotiation.freshen();
    this.isBroken = false;
  }

  /** @private */
  next(after) {
    this.timer = setTimeout(async () => {
      await this.look().catch(() => undefined); // closed meanwhile
      if (this.timer) this.next(this.state.bad || this.isBroken ? LOOK_AGAIN : LOOK_EVERY);
    }, after);
  }

  /** @private */
  async look() {
    const { pc, channel, isConnected } = this.negotiation;
    if (this.gauge?.channel !== channel) this.gauge = new Gauge(channel); // another connection has another
    if (!isConnected) {
      this.moves(false);
      this.broken();
      this.watch = watchful();
      this.silentSince = null;
      this.state = { ...this.state, at: performance.now() };
      return;
    }
    const before = this.reading?.picture.decoded ?? 0;
    this.reading = read((await pc.getStats()).values());
    this.moves(this.reading.picture.decoded > before);
    const now = performance.now();
    this.steer(now);
    const shown = this.hooks.shown();
    const isVisible = shown !== null && document.visibilityState === "visible";
    const seen = { shown, reading: this.reading, isVisible, expectsVoice: this.hooks.expectsVoice() };
    this.hears(seen, now);
    const { watch, act } = notice(this.watch, seen, now);
    this.watch = watch;
    if (act !== "none") this.hooks.onStill(act);
  }

  /** Whether their voice arrives and there is nothing in it. */
  get isHushed() {
    return isHushed(this.silentSince, performance.now());
  }

  /** @private */
  hears(seen, now) {
    this.silentSince = silentSince(this.silentSince, this.watch.last, seen, now, now - this.seenAt);
    this.seenAt = now;
  }

  /** @private Whether a picture of ours goes out; when it begins to, the estimate has yet to follow it. */
  sees(now) {
    const isShown = this.negotiation.pc.getTransceivers().some(({ sender }) => sender.track?.kind === "video");
    if (isShown && !this.isShown) this.state = { ...this.state, at: now, bad: 0 };
    this.isShown = isShown;
  }

  /** @private @param {boolean} isMoving */
  moves(isMoving) {
    if (isMoving === this.isMoving) return;
    this.isMoving = isMoving;
    this.hooks.onMoving();
  }

  /** @private */
  broken() {
    if (!this.isBroken) this.negotiation.pause();
    this.isBroken = true;
  }

  /** @private */
  steer(now) {
    const { kbps, rtt, loss, arrived } = this.reading;
    const { level } = this.state;
    const isDark = arrived === this.arrived || arrived === 0;
    this.arrived = arrived;
    if (!isDark) this.heardAt = now;
    this.dark = isDark ? this.dark + 1 : 0;
    if (this.dark >= CUT) this.broken();
    else if (!isDark) this.mended();
    this.sees(now);
    const isTold = hasPicture(level) && (this.isShown || kbps < VOICE_ALONE);
    const look = { kbps: isTold ? kbps : null, rtt, loss, probe: this.gauge.take(), isDark };
    const best = this.hooks.best();
    this.state = step(this.state, look, now, best);
    if (wantsProbe(this.state, look, best, now - this.probedAt)) {
      this.gauge.probe(rtt);
      this.probedAt = now;
    }
    if (this.state.level === level) return;
    this.negotiation.setLevel(this.state.level);
    this.hooks.onStep();
  }
}
