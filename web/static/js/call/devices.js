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
    /** @type {MediaStreamTrack | null} a screen or a document in place of the camera's picture */
    this.shown = null;
    this.isDetailed = false;
    this.wanted = { audio: !options.coLocated, video: !options.audioOnly };
  }

  /** What is sent. */
  get tracks() {
    return { ...this.media.tracks, video: this.shown ?? this.media.tracks.video };
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
    const track = this.media.tracks[kind];
    if (!track) await this.ask({ [kind]: true });
    else if (kind === "audio") track.enabled = !track.enabled;
    else this.release(kind); // the camera's light must go out
    this.tell(kind);
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
    if (!this.media.tracks.video) return;
    this.release("video");
    await this.ask({ video: true });
    this.tell("video");
  }

  /** Let go of everything. */
  close() {
    this.shown?.stop();
    closeMedia(this.media);
  }

  /** @private */
  async ask(wish) {
    const facing = this.options.coLocated ? "environment" : "user";
    const { tracks, problems } = await openMedia({ audio: false, video: false, facing, detail: this.isDetailed, ...wish });
    if (tracks.video) tracks.video.contentHint = this.isDetailed ? "detail" : "";
    for (const kind of ["audio", "video"]) {
      if (!wish[kind]) continue;
      this.media.tracks[kind] = tracks[kind];
      this.media.problems[kind] = problems[kind];
      if (tracks[kind]) tracks[kind].onended = () => this.lost(kind);
    }
  }

  /** @private Unplugged, or taken by another program. */
  lost(kind) {
    this.media.tracks[kind] = null;
    this.problems[kind] = "missing";
    this.tell(kind);
  }

  /** @private */
  release(kind) {
    this.media.tracks[kind]?.stop();
    this.media.tracks[kind] = null;
  }

  /** @private */
  tell(kind) {
    const isSilent = kind === "audio" && this.options.coLocated;
    if (!isSilent) this.options.say({ type: CLIENT.TRACK_SET, kind, enabled: this.state[kind] });
    this.options.onChange();
  }
}
