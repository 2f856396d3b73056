/** Try camera, microphone and loudspeaker before the call; nothing leaves this device. */
import { mount as mountLine } from "../check/line.js";
import { closeMedia, openMedia } from "./media.js";
import { measureLevel } from "./meter.js";

const HEARD = 0.1; // loudness that only a voice reaches
const TONES = [523, 659, 784];

/** @param {HTMLElement} root */
export function mount(root) {
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  let media = null;
  let stopMeter = () => undefined;
  let context = null;

  async function open() {
    stopMeter();
    closeMedia(media);
    media = await openMedia({ audio: true, video: true });
    const { audio, video } = media.tracks;
    show("camera", video ? "ok" : media.problems.video);
    show("microphone", audio ? "speak" : media.problems.audio);
    find("preview").srcObject = video ? new MediaStream([video]) : null;
    find("preview-tile").dataset.still = video ? "" : "no_video";
    find("how").hidden = ![media.problems.audio, media.problems.video].includes("denied");
    find("retry").hidden = Boolean(audio && video);
    stopMeter = audio ? measureLevel(audio, hear) : () => undefined;
  }

  function hear(level) {
    find("level").value = Math.round(level * 100);
    if (level > HEARD) show("microphone", "ok");
  }

  /** Each part of the check holds its answers as words; the one that fits is shown. */
  function show(name, state) {
    const row = find(name);
    row.dataset.found = state === "speak" ? "" : state;
    row.dataset.state = state === "ok" ? "ok" : state === "speak" ? "" : "weak";
    for (const each of row.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== state;
  }

  function ring() {
    context = context ?? new AudioContext();
    context.resume();
    TONES.forEach((frequency, index) => {
      const from = context.currentTime + index * 0.35;
      const tone = new OscillatorNode(context, { frequency });
      const volume = new GainNode(context, { gain: 0 });
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(0.3, from + 0.05);
      volume.gain.linearRampToValueAtTime(0, from + 0.32);
      tone.connect(volume).connect(context.destination);
      tone.start(from);
      tone.stop(from + 0.34);
    });
    find("heard").hidden = false;
  }

  const release = () => closeMedia(media);
  find("ring").onclick = ring;
  find("heard-yes").onclick = () => show("speaker", "ok");
  find("heard-no").onclick = () => show("speaker", "silent");
  find("retry").onclick = open;
  // The call's page opens them itself: two pages cannot hold one camera on every phone.
  window.addEventListener("pagehide", release);
  open();
  const line = document.querySelector('[data-part="line-check"]');
  if (line) mountLine(line);
  return () => {
    window.removeEventListener("pagehide", release);
    stopMeter();
    release();
    context?.close();
  };
}
