/** A call on a machine with devices that come and go, and the choice of them on a page. */
import { Devices } from "../../../web/static/js/call/devices.js";
import { Picker } from "../../../web/static/js/call/picker.js";
import { FakePage } from "./gear.mjs";

const words = {
  device_lost_audio: "{gone}, now {now}",
  device_lost_sink: "loudspeaker gone",
  device_plugged: "{name} is new",
  device_failed: "failed",
  device_single: "only one",
  device_usual: "usual",
  device_video: "Camera {place}",
};

/** What a browser brings, as far as our code asks. */
export function arrange() {
  const kept = new Map();
  const localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const watcher = class {
    observe() {}
  };
  const option = (text, value, _usual, selected) => ({ text, value, selected });
  const element = class {};
  element.prototype.setSinkId = () => undefined;
  Object.assign(globalThis, { localStorage, MutationObserver: watcher, HTMLMediaElement: element });
  globalThis.Option = function Option(...said) {
    return option(...said);
  };
}

/** Take it away again. */
export function clear() {
  for (const name of ["localStorage", "navigator", "MutationObserver", "HTMLMediaElement", "Option"]) delete globalThis[name];
}

/** A call on a machine with these devices. */
export async function begin(gear, options = {}) {
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: gear }, configurable: true });
  gear.addEventListener = (_name, listener) => gear.listeners.push(listener);
  gear.removeEventListener = (_name, listener) => (gear.listeners = gear.listeners.filter((each) => each !== listener));
  const said = [];
  const lost = [];
  const onLost = (...what) => lost.push(what);
  const devices = new Devices({
    coLocated: false,
    audioOnly: false,
    say: (message) => said.push(message),
    onChange: () => undefined,
    onLost,
    onPlug: () => undefined,
    ...options,
  });
  await devices.open();
  return { devices, said, lost };
}

/** The choice on a page, with one other person to be heard. */
export function pickerOf(gear, devices) {
  const page = new FakePage();
  const heard = { sinkId: "", async setSinkId(id) { this.sinkId = id; } };
  const picker = new Picker({ root: page, words, devices, tiles: { list: { querySelectorAll: () => [heard] } } }, gear);
  const note = () => (page.parts["device-note"].hidden ? "" : page.parts["device-text"].textContent);
  return { picker, page, heard, note };
}

/** Labels of microphone and camera. */
export const inUse = ({ media }) => ["audio", "video"].map((kind) => media.tracks[kind]?.label ?? null);
