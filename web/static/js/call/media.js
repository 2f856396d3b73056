/** Camera and microphone: opened together, apart when one of them fails, and why in words of ours. */

/**
 * @typedef {"denied" | "missing" | "busy" | "unsupported"} Reason
 * @typedef {"audio" | "video"} Kind
 * @typedef {object} Media
 * @property {Record<Kind, MediaStreamTrack | null>} tracks
 * @property {Partial<Record<Kind, Reason>>} problems
 */

const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** 640×360 at 15 pictures a second: what a rural line carries and a weak PC encodes. */
export const VIDEO = Object.freeze({
  width: { ideal: 640 },
  height: { ideal: 360 },
  frameRate: { ideal: 15, max: 15 },
});
/** What a wound, a skin or the paper of an ECG needs: size before motion. */
export const DETAIL = Object.freeze({
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { max: 15 },
});
export const AUDIO = Object.freeze({ echoCancellation: true, noiseSuppression: true, autoGainControl: true });

/** @param {{name?: string}} error @returns {Reason} */
export const reasonOf = (error) => REASONS[error?.name] ?? "busy";

/**
 * @typedef {"user" | "environment"} Facing
 * @typedef {{id?: string, facing?: Facing}} Which this very device, or the one on that side
 * @typedef {object} Wish
 * @property {boolean} audio
 * @property {boolean} video
 * @property {Facing} [facing] where nothing was chosen
 * @property {boolean} [detail]
 * @property {Partial<Record<Kind, Which>>} [which]
 * @property {boolean} [isStrict] what was chosen or nothing
 */

/** @param {Which} [which] @returns {MediaTrackConstraints} */
const exactly = ({ id, facing } = {}) => ({
  ...(id && { deviceId: { exact: id } }),
  ...(facing && { facingMode: { exact: facing } }),
});

/** What to ask the browser for. @param {Wish} wish @returns {MediaStreamConstraints} */
export function constraintsFor({ audio, video, facing = "user", detail = false, which = {} }) {
  const side = which.video?.id ? {} : { facingMode: facing };
  return {
    audio: audio && { ...AUDIO, ...exactly(which.audio) },
    video: video && { ...(detail ? DETAIL : VIDEO), ...side, ...exactly(which.video) },
  };
}

/**
 * Open what was wished for, as far as the browser lets us; never rejects.
 * @param {Wish} wish
 * @param {MediaDevices | undefined} devices
 * @returns {Promise<Media>}
 */
export async function openMedia(wish, devices = navigator.mediaDevices) {
  /** @type {Media} */
  const media = { tracks: { audio: null, video: null }, problems: {} };
  const kinds = /** @type {Kind[]} */ (["audio", "video"]).filter((kind) => wish[kind]);
  if (!devices?.getUserMedia) {
    for (const kind of kinds) media.problems[kind] = "unsupported";
    return media;
  }
  if (kinds.length === 2 && !(await ask(devices, wish, kinds, media))) return media;
  // Together it failed: one at a time tells which of the two it was, and saves the other.
  for (const kind of kinds) {
    const alone = { ...wish, audio: false, video: false, [kind]: true };
    if (!media.tracks[kind]) await ask(devices, alone, [kind], media);
    // What was chosen is unplugged or taken: any other is better than none.
    const isLeft = !media.tracks[kind] && wish.which?.[kind] && !wish.isStrict && media.problems[kind] !== "denied";
    if (isLeft) await ask(devices, { ...alone, which: {} }, [kind], media);
  }
  return media;
}

/** @returns {Promise<boolean>} whether it failed */
async function ask(devices, wish, kinds, media) {
  try {
    const stream = await devices.getUserMedia(constraintsFor(wish));
    for (const track of stream.getTracks()) {
      media.tracks[track.kind] = track;
      delete media.problems[track.kind];
    }
    return false;
  } catch (error) {
    for (const kind of kinds) media.problems[kind] = reasonOf(error);
    return true;
  }
}

/** Let go of camera and microphone, so that their lights go out. @param {Media | null} media */
export function closeMedia(media) {
  for (const track of Object.values(media?.tracks ?? {})) track?.stop();
}
