/** What devices a page offers: by one tap, in a menu, when they are plugged in. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { recall } from "../../web/static/js/call/chosen.js";
import { Gear, camera, loudspeaker, microphone } from "./support/gear.mjs";
import { arrange, begin, clear, inUse, pickerOf } from "./support/machine.mjs";

beforeEach(arrange);
afterEach(clear);

const both = () => new Gear(microphone("m1"), microphone("m2"), camera("c1"), camera("c2"));

test("one that cannot be opened leaves the one before, and says so", async () => {
  const gear = new Gear(microphone("m1"), microphone("m2", { isBusy: true }), camera("c1"), camera("c2", { isBusy: true }));
  const { devices } = await begin(gear);
  const { picker, note } = pickerOf(gear, devices);
  for (const wish of [{ audio: "m2" }, { video: "c2" }]) {
    await picker.pick(wish);
    assert.equal(note(), "failed");
  }
  assert.deepEqual(inUse(devices), ["m1", "c1"]);
  assert.deepEqual(devices.problems, { audio: undefined, video: undefined });
  assert.deepEqual([recall(), devices.which], [{}, { audio: undefined, video: undefined }]);
  assert.deepEqual(gear.live.map((each) => each.label).sort(), ["c1", "m1"]);
});

test("one tap turns a phone's camera round and back, of two or of three", async () => {
  const wide = camera("wide", { facing: "environment" });
  const gear = new Gear(microphone("m1"), camera("front", { facing: "user" }), camera("back", { facing: "environment" }), wide);
  const { devices } = await begin(gear);
  const { picker } = pickerOf(gear, devices);
  await picker.flip();
  assert.equal(inUse(devices)[1], "back");
  await picker.flip();
  assert.equal(inUse(devices)[1], "front");
  assert.deepEqual(recall(), {}); // the next call begins with the face
});

test("cameras that do not tell their side are taken in turn; a single one is said to be single", async () => {
  const gear = both();
  const { devices } = await begin(gear);
  const { picker, note } = pickerOf(gear, devices);
  await picker.flip();
  assert.equal(inUse(devices)[1], "c2");
  await picker.flip();
  assert.equal(inUse(devices)[1], "c1");
  gear.all.pop();
  const { length } = gear.opened;
  await picker.flip();
  assert.deepEqual([inUse(devices)[1], note(), gear.opened.length], ["c1", "only one", length]);
});

test("a headset that is plugged in is offered, and is both microphone and loudspeaker", async () => {
  const gear = both();
  const { devices } = await begin(gear);
  const { picker, page, heard, note } = pickerOf(gear, devices);
  gear.all.push(loudspeaker("phones", { groupId: "headset" }), microphone("boom", { groupId: "headset" }), microphone("default"));
  await picker.look(true);
  assert.equal(note(), "phones is new");
  assert.equal(inUse(devices)[0], "m1"); // offered, not taken
  await page.parts.use.onclick();
  assert.deepEqual([inUse(devices), heard.sinkId, note()], [["boom", "c1"], "phones", ""]);
  assert.deepEqual(recall(), { audio: "boom", sink: "phones" });
  gear.all = gear.all.filter((each) => each.groupId !== "headset");
  picker.tellLost("audio", "boom", "m1");
  await picker.look(true);
  assert.deepEqual([heard.sinkId, note()], ["", "boom, now m1 loudspeaker gone"]);
});

test("names that are told late, or devices a phone beside the laptop has no use for, are not offered", async () => {
  const gear = new Gear(microphone("m1"), camera(""));
  const { devices } = await begin(gear, { audioOnly: true });
  const { picker, note } = pickerOf(gear, devices);
  gear.all = [microphone("m1"), camera("c1")];
  await picker.look(true);
  assert.equal(note(), "");
  const beside = new Gear(camera("c1"));
  const second = await begin(beside, { coLocated: true });
  const other = pickerOf(beside, second.devices);
  beside.all.push(microphone("boom"));
  await other.picker.look(true);
  assert.equal(other.note(), "");
});

test("only what there is a choice of is shown, with the one in use chosen", async () => {
  const gear = new Gear(microphone("m1"), camera("c1"), camera("c2", { label: "" }));
  const { devices } = await begin(gear);
  const { picker, page } = pickerOf(gear, devices);
  await picker.look();
  const [video, audio, sink] = page.selects;
  assert.deepEqual([video, audio, sink].map((each) => each.frame.hidden), [false, true, true]);
  assert.deepEqual(video.options.map((each) => [each.text, each.selected]), [["c1", true], ["Camera 2", false]]);
  assert.equal(page.parts["devices-single"].hidden, true);
  picker.tellLost("audio", "old", "new");
  assert.equal(page.parts["device-text"].textContent, "old, now new");
});
