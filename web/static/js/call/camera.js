/** One photo as large as the camera gives: by its own shutter where the browser has it, else its largest picture. */
import { constraintsFor } from "./media.js";

const LARGE = { width: { ideal: 8192 }, height: { ideal: 8192 }, frameRate: undefined };
const SHUTTER_MS = 6000;
const SETTLE_MS = 600; // until the exposure fits
const QUALITY = 0.92;

/**
 * Take a photo, whether the picture of the call is on or off; a camera that was off goes off again. Where the
 * shutter gives no more than the small picture of the call, the camera is lent for a second in its full size.
 * @param {import("./devices.js").Devices} devices
 * @returns {Promise<Blob | null>}
 */
export async function takeStill(devices) {
  const live = devices.media.tracks.video;
  const quick = live?.readyState === "live" ? await shutter(live) : null;
  if (quick && (await edgeOf(quick)) >= mostOf(live)) return quick;
  const id = live?.getSettings().deviceId;
  const which = id ? { id } : devices.which.video;
  const whole = await devices.lend(() => large(which, devices.facing));
  if (quick && whole) return (await edgeOf(whole)) < (await edgeOf(quick)) ? quick : whole;
  const again = devices.media.tracks.video;
  return whole ?? quick ?? (again ? grab(again) : null);
}

/** The longer edge the camera has. @param {MediaStreamTrack} track */
function mostOf(track) {
  const { width, height } = track.getCapabilities?.() ?? {};
  return Math.max(width?.max ?? Infinity, height?.max ?? 0);
}

/** The longer edge of a photo; 0 of one that cannot be read. @param {Blob} photo */
async function edgeOf(photo) {
  const bitmap = await createImageBitmap(photo).catch(() => null);
  const edge = Math.max(bitmap?.width ?? 0, bitmap?.height ?? 0);
  bitmap?.close();
  return edge;
}

/** @returns {Promise<Blob | null>} */
async function shutter(track) {
  if (!("ImageCapture" in window)) return null;
  const late = new Promise((resolve) => setTimeout(resolve, SHUTTER_MS, null));
  const photo = await Promise.race([takeLargest(new ImageCapture(track)).catch(() => null), late]);
  return photo?.size ? photo : null;
}

/** Unless asked for its largest, a camera gives what it likes; some refuse to be asked. @param {ImageCapture} capture */
async function takeLargest(capture) {
  const { imageWidth, imageHeight } = await capture.getPhotoCapabilities().catch(() => ({}));
  if (!imageWidth?.max || !imageHeight?.max) return capture.takePhoto();
  const size = { imageWidth: imageWidth.max, imageHeight: imageHeight.max };
  return capture.takePhoto(size).catch(() => capture.takePhoto());
}

/** The camera opened in its largest size. @returns {Promise<Blob>} */
async function large(which, facing) {
  const { video } = constraintsFor({ audio: false, video: true, facing, which: { video: which } });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { ...video, ...LARGE } });
  try {
    const [track] = stream.getVideoTracks();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const photo = await shutter(track);
    const { width, height } = track.getSettings();
    if (photo && (await edgeOf(photo)) >= Math.max(width ?? 0, height ?? 0)) return photo;
    return (await grab(track)) ?? photo;
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** The picture as it is. @returns {Promise<Blob | null>} */
async function grab(track) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  await video.play();
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  video.srcObject = null;
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}
