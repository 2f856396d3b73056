/** What is seldom done in a call: hold, show a screen or a picture, ring who is missing. Fetched on the click. */
import { CLIENT } from "./protocol.js";
import { part, write } from "./view.js";

const LONGEST_SIDE = 1280; // letters of a document are still read at it, and 400 kbps carry it
const REDRAW_EVERY = 1000; // a still picture sends nothing, so whoever comes later would see nothing

const ACTS = { hold, screen, picture, ring };

/**
 * @param {string} name
 * @param {HTMLElement} from the button or field
 * @param {import("./live.js").Live} live
 */
export async function act(name, from, live) {
  const say = (key) => write(part(from.closest("[data-part=more]"), "told"), live.setup.words[key] ?? "");
  say("");
  await ACTS[name]?.(live, from, say);
}

async function hold(live, _from, say) {
  const { ok } = await live.connection.send({ type: CLIENT.HOLD_SET, held: true });
  if (!ok) say("desk_refused");
}

async function screen(live, _from, say) {
  if (!navigator.mediaDevices?.getDisplayMedia) return say("desk_no_screen");
  try {
    const wish = { video: { frameRate: { ideal: 5, max: 5 } }, audio: false };
    const [track] = (await navigator.mediaDevices.getDisplayMedia(wish)).getVideoTracks();
    show(live, track);
  } catch (error) {
    say("desk_no_screen"); // not allowed, or called off in the browser's own dialog
  }
}

async function picture(live, field, say) {
  const [file] = field.files;
  field.value = "";
  if (!file) return;
  try {
    show(live, await pictureTrack(file));
  } catch (error) {
    say("desk_no_picture");
  }
}

/** The browser's own "stop sharing" ends the track: then the camera is back for everybody. */
function show(live, track) {
  track.contentHint = "detail";
  track.onended = () => live.devices.shown === track && live.devices.show(null);
  live.devices.show(track);
}

/** A picture as a track: drawn again and again, smaller than a screen. @param {File} file */
async function pictureTrack(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(image.src);
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.naturalWidth * scale);
  canvas.height = Math.round(image.naturalHeight * scale);
  const draw = () => canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  draw();
  const [track] = canvas.captureStream(2).getVideoTracks();
  const timer = setInterval(() => (track.readyState === "ended" ? clearInterval(timer) : draw()), REDRAW_EVERY);
  return track;
}

async function ring(live, button, say) {
  const answer = await live.setup.post(live.setup.ringUrl, { whom: button.value });
  if (answer.ok) return say(`desk_rung_${button.value}`);
  const { detail } = await answer.json().catch(() => ({}));
  write(part(button.closest("[data-part=more]"), "told"), detail ?? live.setup.words.desk_refused);
}
