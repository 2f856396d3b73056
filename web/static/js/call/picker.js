/**
 * Which camera, microphone and loudspeaker: a menu, one tap on a phone, and what is plugged in or out meanwhile.
 * Fetched when one of these is needed.
 */
import { recall, remember } from "./chosen.js";
import { fill } from "./status.js";
import { part, write } from "./view.js";

const KINDS = { videoinput: "video", audioinput: "audio", audiooutput: "sink" };
const PSEUDO = ["", "default", "communications"]; // not devices: names for one of the others, or not told yet

/**
 * @typedef {object} Call
 * @property {HTMLElement} root
 * @property {Record<string, string>} words
 * @property {import("./devices.js").Devices} devices
 * @property {{list: Element}} tiles where the others are seen and heard
 */

export class Picker {
  /** @param {Call} call @param {MediaDevices} media */
  constructor({ root, words, devices, tiles }, media = navigator.mediaDevices) {
    Object.assign(this, { words, devices, tiles, media, seen: devices.there, all: [], sink: recall().sink ?? "" });
    this.selects = [...root.querySelectorAll("[data-pick]")];
    for (const each of this.selects) each.onchange = () => this.pick({ [each.dataset.pick]: each.value });
    this.single = part(root, "devices-single");
    this.note = part(root, "device-note");
    part(this.note, "dismiss").onclick = () => this.say("");
    // Who comes later is heard there too.
    new MutationObserver(() => this.route(this.sink)).observe(tiles.list, { childList: true });
  }

  /** See what there is. @param {boolean} isPlugged something came or went */
  async look(isPlugged = false) {
    const before = this.seen;
    this.seen = (await this.media?.enumerateDevices?.().catch(() => [])) ?? [];
    this.all = this.seen.filter((each) => this.isOurs(each));
    const isGone = this.sink && !this.all.some((each) => each.deviceId === this.sink);
    await this.route(isGone ? "" : this.sink);
    if (isGone && isPlugged) this.tell(this.words.device_lost_sink);
    // A kind that had no names yet has them now: that is nothing new.
    const isKnown = (one) => before.some(({ kind, deviceId }) => deviceId === one.deviceId || (kind === one.kind && !deviceId));
    if (isPlugged) this.offer(this.all.filter((each) => !isKnown(each)));
    this.paint();
  }

  /** A device in use went away. @param {"audio" | "video"} kind @param {string} gone @param {string} now "": none */
  tellLost(kind, gone, now) {
    if (now) this.tell(fill(this.words[`device_lost_${kind}`], { gone, now })); // none at all is said by the status
    this.look();
  }

  /** @private A headset goes as two: of both losses is told. */
  tell(text) {
    const isLoss = !this.note.hidden && part(this.note, "use").hidden;
    this.say(isLoss ? `${part(this.note, "device-text").textContent} ${text}` : text);
  }

  /** The camera on the other side, or the next one. */
  async flip() {
    await this.look();
    const { facingMode, deviceId } = this.devices.media.tracks.video?.getSettings() ?? {};
    const cameras = this.all.filter((each) => each.kind === "videoinput");
    const at = cameras.findIndex((each) => each.deviceId === deviceId);
    const next = { id: cameras[(at + 1) % cameras.length]?.deviceId };
    const other = { facing: facingMode === "user" ? "environment" : "user" };
    this.say(cameras.length < 2 ? this.words.device_single : "");
    if (cameras.length < 2) return;
    const isOpen = (facingMode && (await this.devices.choose("video", other))) || (await this.devices.choose("video", next));
    if (!isOpen) this.say(this.words.device_failed);
  }

  /** Use these from now on, here and in the next call. @param {import("./chosen.js").Chosen} wish */
  async pick(wish) {
    this.say("");
    for (const [kind, id] of Object.entries(wish)) {
      const isOpen = await (kind === "sink" ? this.route(id) : this.devices.choose(kind, { id }));
      if (isOpen) remember({ [kind]: id });
      else this.say(this.words.device_failed);
    }
    this.paint();
  }

  /** @private What a phone beside the laptop plays or hears is nothing. */
  isOurs({ kind, deviceId }) {
    if (!KINDS[kind] || PSEUDO.includes(deviceId)) return false;
    if (kind === "audiooutput" && !("setSinkId" in HTMLMediaElement.prototype)) return false;
    return kind === "videoinput" || !this.devices.options.coLocated;
  }

  /** @private A headset is a microphone and a loudspeaker: both, or neither. */
  offer([first]) {
    if (!first) return;
    const isSame = (each) => each === first || (first.groupId && each.groupId === first.groupId);
    const wish = Object.fromEntries(this.all.filter(isSame).map((each) => [KINDS[each.kind], each.deviceId]));
    this.say(fill(this.words.device_plugged, { name: this.name(first) }), () => this.pick(wish));
  }

  /** @private @returns {Promise<boolean>} whether the others are heard there */
  async route(id) {
    const videos = [...this.tiles.list.querySelectorAll("video")].filter((each) => each.setSinkId && each.sinkId !== id);
    try {
      await Promise.all(videos.map((each) => each.setSinkId(id)));
    } catch {
      return false;
    }
    this.sink = id;
    return true;
  }

  /** @private */
  say(text, use = null) {
    this.note.hidden = !text;
    write(part(this.note, "device-text"), text);
    const button = part(this.note, "use");
    button.hidden = !use;
    button.onclick = use;
  }

  /** @private */
  name(device) {
    const place = this.all.filter((each) => each.kind === device.kind).indexOf(device) + 1;
    return device.label || fill(this.words[`device_${KINDS[device.kind]}`], { place });
  }

  /** @private Only what there is a choice of is shown. */
  paint() {
    const { tracks } = this.devices.media;
    const of = (kind) => this.all.filter((each) => KINDS[each.kind] === kind);
    for (const select of this.selects) {
      const { pick } = select.dataset;
      const devices = of(pick);
      const used = pick === "sink" ? this.sink : (tracks[pick]?.getSettings().deviceId ?? this.devices.which[pick]?.id);
      const options = devices.map((each) => new Option(this.name(each), each.deviceId, false, each.deviceId === used));
      if (pick === "sink") options.unshift(new Option(this.words.device_usual, "", false, used === ""));
      select.replaceChildren(...options);
      select.closest("[data-part=pick]").hidden = devices.length < 2;
    }
    this.single.hidden = this.selects.some((each) => !each.closest("[data-part=pick]").hidden);
  }
}
