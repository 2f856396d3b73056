/** Our own camera and microphone during a call: opened, muted, switched off, lost, asked for again. */
import { closeMedia, openMedia } from "./media.js";
import { CLIENT } from "./protocol.js";

/**
 * @typedef {object} Options
 * @property {boolean} coLocated a second camera beside another computer: no sound, the back camera
 * @property {boolean} audioOnly
 * @property {(message: object) => void} say
 * @property {() => void} onChange
 */

export class Devices {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    /** @type {import("./media.js").Media} */
    this.media = { tracks: { audio: null, video: null }, problems: {} };
    this.wanted = { audio: !options.coLocated, video: !options.audioOnly };
  }

  get tracks() {
    return this.media.tracks;
  }

  get problems() {
    return this.media.problems;
  }

  /** What others see and hear of us. @returns {{audio: boolean, video: boolean}} */
  get state() {
    const { audio, video } = this.tracks;
    return { audio: Boolean(audio?.enabled), video: Boolean(video) };
  }

  /** Open what is wanted; afterwards everybody knows what there is. */
  async open() {
    await this.ask(this.wanted);
    for (const kind of ["audio", "video"]) this.tell(kind);
  }

  /** The button was pressed. @param {"audio" | "video"} kind */
  async toggle(kind) {
    const track = this.tracks[kind];
    if (!track) await this.ask({ [kind]: true });
    else if (kind === "audio") track.enabled = !track.enabled;
    else this.release(kind); // the camera's light must go out
    this.tell(kind);
  }

  /** Let go of everything. */
  close() {
    closeMedia(this.media);
  }

  /** @private */
  async ask(wish) {
    const facing = this.options.coLocated ? "environment" : "user";
    const { tracks, problems } = await openMedia({ audio: false, video: false, facing, ...wish });
    for (const kind of ["audio", "video"]) {
      if (!wish[kind]) continue;
      this.media.tracks[kind] = tracks[kind];
      this.media.problems[kind] = problems[kind];
      if (tracks[kind]) tracks[kind].onended = () => this.lost(kind);
    }
  }

  /** @private Unplugged, or taken by another program. */
  lost(kind) {
    this.tracks[kind] = null;
    this.problems[kind] = "missing";
    this.tell(kind);
  }

  /** @private */
  release(kind) {
    this.tracks[kind]?.stop();
    this.tracks[kind] = null;
  }

  /** @private */
  tell(kind) {
    const isSilent = kind === "audio" && this.options.coLocated;
    if (!isSilent) this.options.say({ type: CLIENT.TRACK_SET, kind, enabled: this.state[kind] });
    this.options.onChange();
  }
}
