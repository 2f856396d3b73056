/** Devices exchanged during a call: chosen, muted, lent, unplugged, remembered. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { recall, remember } from "../../web/static/js/call/chosen.js";
import { Gear, camera, microphone } from "./support/gear.mjs";
import { arrange, begin, clear, inUse } from "./support/machine.mjs";

beforeEach(arrange);
afterEach(clear);

const both = () => new Gear(microphone("m1"), microphone("m2"), camera("c1"), camera("c2"));

test("another microphone is as muted as the one before, whose light goes out", async () => {
  const gear = both();
  const { devices } = await begin(gear);
  await devices.toggle("audio");
  assert.equal(await devices.choose("audio", { id: "m2" }), true);
  assert.deepEqual(inUse(devices), ["m2", "c1"]);
  assert.equal(devices.state.audio, false);
  assert.deepEqual(gear.live.map((each) => each.label), ["c1", "m2"]);
});

test("who is muted while the other microphone opens is muted on it", async () => {
  const { devices } = await begin(both());
  const chosen = devices.choose("audio", { id: "m2" });
  devices.toggle("audio");
  await chosen;
  assert.deepEqual([inUse(devices)[0], devices.state.audio], ["m2", false]);
});

test("a camera that is off stays off, and the one chosen comes when it is switched on", async () => {
  const { devices } = await begin(both());
  await devices.toggle("video");
  await devices.choose("video", { id: "c2" });
  assert.equal(devices.state.video, false);
  await devices.toggle("video");
  assert.deepEqual(inUse(devices), ["m1", "c2"]);
});

test("a sharp view of the camera chosen is the camera chosen", async () => {
  const { devices } = await begin(both());
  await devices.choose("video", { id: "c2" });
  await devices.setDetail(true);
  assert.deepEqual([inUse(devices)[1], devices.media.tracks.video.contentHint], ["c2", "detail"]);
});

test("a microphone that is unplugged gives way to another, as muted as it was", async () => {
  const gear = both();
  remember({ audio: "m2" });
  const { devices, said, lost } = await begin(gear);
  assert.equal(inUse(devices)[0], "m2");
  await devices.toggle("audio");
  gear.all = gear.all.filter((each) => each.deviceId !== "m2");
  await devices.media.tracks.audio.pulledOut();
  assert.deepEqual(inUse(devices), ["m1", "c1"]);
  assert.deepEqual(lost, [["audio", "m2", "m1"]]);
  assert.equal(said.at(-1).enabled, false);
  assert.equal(recall().audio, "m2"); // plugged in again, it is used in the next call
});

test("the last one that is unplugged is missed, and one that ends at once is not opened for ever", async () => {
  const gear = new Gear(microphone("m1"), camera("c1"));
  const { devices, said } = await begin(gear);
  const camera1 = devices.media.tracks.video;
  gear.all = gear.all.filter((each) => each.deviceId !== "c1");
  await camera1.pulledOut();
  assert.deepEqual([inUse(devices)[1], devices.problems.video], [null, "missing"]);
  assert.deepEqual(said.at(-1), { type: "track.set", kind: "video", enabled: false });
  await devices.media.tracks.audio.pulledOut();
  await devices.media.tracks.audio.pulledOut();
  assert.deepEqual([inUse(devices)[0], devices.problems.audio], [null, "missing"]);
});

test("what was chosen is gone in the next call: any other is opened", async () => {
  remember({ audio: "gone", video: "c2" });
  const { devices } = await begin(both());
  assert.deepEqual(inUse(devices), ["m1", "c2"]);
  assert.deepEqual(devices.problems, { audio: undefined, video: undefined });
});

test("a lent camera is on again afterwards unless it was switched off meanwhile; off at once, for all", async () => {
  const { devices } = await begin(both());
  assert.equal(await devices.lend(async () => 7), 7);
  assert.equal(devices.state.video, true);
  let done;
  const lent = devices.lend(() => new Promise((resolve) => (done = resolve)));
  await Promise.resolve();
  assert.equal(devices.state.video, true); // for a second nobody is told that it is off
  const off = devices.toggle("video");
  done();
  await Promise.all([lent, off]);
  assert.equal(devices.state.video, false);
});

test("a call that is left while a device opens keeps no light on", async () => {
  const gear = both();
  const { devices } = await begin(gear);
  const chosen = devices.choose("video", { id: "c2" });
  devices.close();
  await chosen;
  assert.deepEqual(gear.live, []);
  assert.deepEqual(gear.listeners, []);
});
