/** Our own camera and microphone during a call: opened, muted, switched off, exchanged, lost, asked for again. */
import { recall } from "./chosen.js";
import { choose, lend, replaceLost, watchPlugs } from "./exchange.js";
import { closeMedia, openMedia } from "./media.js";
import { CLIENT } from "./protocol.js";

/**
 * @typedef {object} Options
 * @property {boolean} coLocated a second camera beside another computer: no sound, the back camera
 * @property {boolean} audioOnly
 * @property {(message: object) => void} say
 * @property {() => void} onChange
 * @property {(kind: "audio" | "video", gone: string, now: string) => void} [onLost] labels; "": nothing is left
 * @property {(event?: Event) => void} [onPlug] something was plugged in or out; with no event: a loudspeaker was chosen before
 */

export class Devices {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    /** @type {import("./media.js").Media} */
    this.media = { tracks: { audio: null, video: null }, problems: {} };
    /** @type {MediaStreamTrack | null} a screen or a document in place of the camera's picture */
    this.shown = null;
    this.isDetailed = this.isClosed = this.isLent = false;
    this.lostAt = {};
    /** @type {MediaDeviceInfo[]} what there was when ours were opened */
    this.there = [];
    this.wanted = { audio: !options.coLocated, video: !options.audioOnly };
    const { audio, video } = options.coLocated ? {} : recall();
    /** @type {Partial<Record<"audio" | "video", import("./media.js").Which>>} */
    this.which = { audio: audio && { id: audio }, video: video && { id: video } };
    this.turn = Promise.resolve();
  }

  /** What is sent. */
  get tracks() {
    return { ...this.media.tracks, video: this.shown ?? this.media.tracks.video };
  }

  /** Which camera is meant where none was chosen. @returns {import("./media.js").Facing} */
  get facing() {
    return this.options.coLocated ? "environment" : "user";
  }

  get problems() {
    return this.media.problems;
  }

  /** What others see and hear of us. @returns {{audio: boolean, video: boolean}} */
  get state() {
    const { audio, video } = this.tracks;
    return { audio: Boolean(audio?.enabled), video: Boolean(video) || this.isLent };
  }

  /** Open what is wanted; afterwards everybody knows what there is. */
  async open() {
    await this.inTurn(() => this.ask(this.wanted));
    for (const kind of ["audio", "video"]) this.tell(kind);
    if (recall().sink) this.options.onPlug?.();
    await watchPlugs(this, globalThis.navigator?.mediaDevices);
  }

  /** The button was pressed. @param {"audio" | "video"} kind */
  async toggle(kind) {
    const track = this.media.tracks[kind];
    // Off is off at once, whatever is being opened.
    if (track && kind === "audio") track.enabled = !track.enabled;
    else if (track) this.release(kind); // the camera's light must go out
    else if (kind === "video" && this.isLent) await this.inTurn(() => this.release(kind));
    else await this.inTurn(() => this.media.tracks[kind] ?? this.ask({ [kind]: true }));
    this.tell(kind);
  }

  /** As `choose` of exchange.js. @param {"audio" | "video"} kind @param {import("./media.js").Which} which */
  choose(kind, which) {
    return this.inTurn(() => choose(this, kind, which));
  }

  /** As `lend` of exchange.js. @template T @param {() => Promise<T>} use */
  lend(use) {
    return this.inTurn(() => lend(this, use));
  }

  /** Show this instead of the camera's picture, or (null) the camera's again. @param {MediaStreamTrack | null} track */
  show(track) {
    if (track === this.shown) return;
    this.shown?.stop();
    this.shown = track;
    this.options.say({ type: CLIENT.SHARE_SET, shared: Boolean(track) });
    this.tell("video");
  }

  /** Few large pictures, or many small ones: the camera is opened anew, for another size. @param {boolean} isOn */
  async setDetail(isOn) {
    if (this.isDetailed === isOn) return;
    this.isDetailed = isOn;
    if (this.media.tracks.video || this.isLent) await this.lend(async () => null);
  }

  /** Let go of everything. */
  close() {
    this.isClosed = true;
    globalThis.navigator?.mediaDevices?.removeEventListener?.("devicechange", this.options.onPlug);
    this.shown?.stop();
    closeMedia(this.media);
  }

  /** @private One opening after the other. @template T @param {() => T | Promise<T>} act @returns {Promise<T>} */
  inTurn(act) {
    const done = this.turn.then(act);
    this.turn = done.then(() => undefined, () => undefined);
    return done;
  }

  /** Open some of it, in its turn: for this module and exchange.js. */
  async ask(wish, isStrict = false) {
    const { facing, which, isDetailed } = this;
    const how = { facing, detail: isDetailed, which, isStrict };
    const media = await openMedia({ audio: false, video: false, ...how, ...wish });
    if (this.isClosed) return closeMedia(media);
    const { tracks, problems } = media;
    if (tracks.video) tracks.video.contentHint = this.isDetailed ? "detail" : "";
    for (const kind of ["audio", "video"]) {
      if (!wish[kind]) continue;
      this.media.tracks[kind] = tracks[kind];
      this.media.problems[kind] = problems[kind];
      if (tracks[kind]) tracks[kind].onended = () => this.inTurn(() => replaceLost(this, kind));
    }
  }

  /** For this module and exchange.js. */
  release(kind) {
    this.media.tracks[kind]?.stop();
    this.media.tracks[kind] = null;
  }

  /** For this module and exchange.js. */
  tell(kind) {
    const isSilent = kind === "audio" && this.options.coLocated;
    if (!isSilent) this.options.say({ type: CLIENT.TRACK_SET, kind, enabled: this.state[kind] });
    this.options.onChange();
  }
}
