/** Cameras, microphones and loudspeakers that can be plugged in and out, as far as our code can tell. */

const KIND_OF = { audioinput: "audio", videoinput: "video" };

class FakeTrack {
  constructor({ kind, deviceId, label, facing }) {
    Object.assign(this, { kind: KIND_OF[kind], label, enabled: true, readyState: "live", onended: null });
    this.settings = { deviceId, facingMode: facing };
  }
  getSettings() {
    return this.settings;
  }
  stop() {
    this.readyState = "ended";
  }
  async pulledOut() {
    this.stop();
    await this.onended?.();
  }
}

export class Gear {
  /** @param {object[]} all kind, deviceId, label, groupId, facing; isBusy: another program has it */
  constructor(...all) {
    Object.assign(this, { all, opened: [], listeners: [] });
  }

  async enumerateDevices() {
    return [...this.all];
  }

  async getUserMedia(wish) {
    const found = ["audio", "video"].filter((kind) => wish[kind]).map((kind) => this.fitting(kind, wish[kind]));
    const tracks = found.map((device) => new FakeTrack(device));
    this.opened.push(...tracks);
    return { getTracks: () => tracks };
  }

  fitting(kind, { deviceId, facingMode }) {
    const fits = (each) =>
      KIND_OF[each.kind] === kind &&
      (!deviceId || each.deviceId === deviceId.exact) &&
      (!facingMode?.exact || each.facing === facingMode.exact);
    const some = this.all.filter(fits);
    const device = some.find((each) => each.facing === facingMode) ?? some[0];
    if (!device) throw Object.assign(new Error(kind), { name: "OverconstrainedError" });
    if (device.isBusy) throw Object.assign(new Error(kind), { name: "NotReadableError" });
    return device;
  }

  /** Those whose lights are on. */
  get live() {
    return this.opened.filter((each) => each.readyState === "live");
  }
}

export const microphone = (deviceId, more) => ({ kind: "audioinput", deviceId, label: deviceId, groupId: deviceId, ...more });
export const camera = (deviceId, more) => ({ kind: "videoinput", deviceId, label: deviceId, groupId: deviceId, ...more });
export const loudspeaker = (deviceId, more) => ({ kind: "audiooutput", deviceId, label: deviceId, groupId: deviceId, ...more });

/** The part of a page that a choice of devices is made in. */
export class FakePage {
  constructor() {
    const plain = () => ({ hidden: true, textContent: "" });
    const parts = { "device-text": plain(), use: plain(), dismiss: plain(), "devices-single": plain() };
    const note = { ...plain(), querySelector: (selector) => this.querySelector(selector) };
    this.parts = { ...parts, "device-note": note };
    this.selects = ["video", "audio", "sink"].map((pick) => {
      const frame = plain();
      return { dataset: { pick }, options: [], frame, closest: () => frame, replaceChildren(...all) { this.options = all; } };
    });
  }
  querySelector(selector) {
    return this.parts[/data-part="([\w-]+)"/.exec(selector)[1]];
  }
  querySelectorAll() {
    return this.selects;
  }
}
