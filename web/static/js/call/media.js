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
 * What to ask the browser for.
 * @param {{audio: boolean, video: boolean, facing?: "user" | "environment", detail?: boolean}} wish
 * @returns {MediaStreamConstraints}
 */
export function constraintsFor({ audio, video, facing = "user", detail = false }) {
  return { audio: audio && AUDIO, video: video && { ...(detail ? DETAIL : VIDEO), facingMode: facing } };
}

/**
 * Open what was wished for, as far as the browser lets us; never rejects.
 * @param {{audio: boolean, video: boolean, facing?: "user" | "environment", detail?: boolean}} wish
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
    if (!media.tracks[kind]) await ask(devices, { facing: wish.facing, detail: wish.detail, [kind]: true }, [kind], media);
  }
  return media;
}

/** @returns {Promise<boolean>} whether it failed */
async function ask(devices, wish, kinds, media) {
  try {
    const stream = await devices.getUserMedia(constraintsFor({ audio: false, video: false, ...wish }));
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
