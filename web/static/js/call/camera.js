/** One sharp photo: by the camera's own shutter where the browser has it, else the largest picture it gives. */

const LARGE = { width: { ideal: 3840 }, height: { ideal: 2160 } };
const SHUTTER_MS = 4000;
const SETTLE_MS = 600;
const QUALITY = 0.92;

/**
 * Take a photo, whether the picture of the call is on or off; a camera that was off goes off again.
 * @param {MediaStreamTrack | null} live the picture of the call
 * @param {"user" | "environment"} facing
 * @returns {Promise<Blob | null>}
 */
export async function takeStill(live, facing) {
  if (live?.readyState === "live") return (await shutter(live)) ?? (await large(live, facing)) ?? grab(live, 0);
  return large(null, facing);
}

/** @returns {Promise<Blob | null>} */
async function shutter(track) {
  if (!("ImageCapture" in window)) return null;
  const late = new Promise((resolve) => setTimeout(resolve, SHUTTER_MS, null));
  try {
    const photo = await Promise.race([new ImageCapture(track).takePhoto(), late]);
    return photo?.size ? photo : null;
  } catch {
    return null;
  }
}

/** A second, larger picture of the same camera. @returns {Promise<Blob | null>} */
async function large(live, facing) {
  const deviceId = live?.getSettings().deviceId;
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: facing };
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { ...LARGE, ...which } });
    const [track] = stream.getVideoTracks();
    return (await shutter(track)) ?? (await grab(track, SETTLE_MS));
  } catch {
    return null;
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
  }
}

/** The picture as it is, once the exposure has settled. @returns {Promise<Blob | null>} */
async function grab(track, settle) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  await video.play();
  await new Promise((resolve) => setTimeout(resolve, settle));
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  video.srcObject = null;
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}
