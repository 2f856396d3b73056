/** What a line is given to carry: down soon, up only on proof, never to and fro. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { began, step, wantsProbe } from "../../web/static/js/call/ladder.js";
import { hasPicture, isThin } from "../../web/static/js/call/levels.js";
import { after, fallen, LATER, look } from "./support/ladder.mjs";

for (const [kbps, level] of [
  [2000, "high"], [350, "high"], [349, "medium"], [150, "medium"], [149, "low"], [110, "low"], [109, "stills"],
  [80, "stills"], [79, "audio"], [0, "audio"],
]) {
  test(`${kbps} kbit/s carry ${level}`, () => assert.equal(fallen(kbps).level, level));
}

test("one bad look is not believed where it asks for one level less", () => {
  const once = step(began(0), look({ kbps: 300 }), LATER);
  assert.equal(once.level, "high");
  assert.equal(step(once, look({ kbps: 900 }), LATER + 1000).bad, 0);
  assert.equal(step(once, look({ kbps: 300 }), LATER + 300).level, "medium");
});

test("a line that breaks down is believed at once", () => {
  const good = step(began(0), look({ kbps: 800 }), LATER);
  assert.equal(step(good, look({ kbps: 60 }), LATER + 1000).level, "audio");
  const queued = step(began(0), look({ kbps: 100, rtt: 1600 }), 100);
  assert.deepEqual([queued.level, queued.reason], ["audio", "delay"]);
});

test("an estimate that sinks with stray losses costs no more than size", () => {
  const sinking = (second) => look({ kbps: 400 * 0.93 ** second, loss: 6, rtt: 300 });
  assert.equal(after(began(0), 40, sinking).level, "medium");
  assert.equal(after(began(0), 40, (second) => ({ ...sinking(second), rtt: second > 20 ? 600 : 300 })).level, "audio");
  assert.equal(after(began(0), 40, (second) => ({ ...sinking(second), loss: 13 })).level, "audio");
});

test("a queue on their way is not ours to drain", () => {
  assert.equal(after(began(0), 9, () => look({ kbps: 700, rtt: 3000 })).level, "high");
});

test("the first estimates of a connection, and after a rise, are not believed", () => {
  assert.equal(after(began(0), 5, () => look({ kbps: 90 }), 500).level, "high");
});

test("loss caps the level", () => {
  assert.equal(after(began(0), 2, () => look({ kbps: 900, loss: 14 })).level, "high");
  assert.equal(after(began(0), 2, () => look({ kbps: 900, loss: 15 })).level, "medium");
  const lossy = after(began(0), 2, () => look({ kbps: 900, loss: 30 }));
  assert.deepEqual([lossy.level, lossy.reason], ["low", "loss"]);
});

test("a browser that cannot tell changes nothing", () => {
  const blind = look({ rtt: null, loss: null });
  assert.equal(after(began(0), 60, () => blind).level, "high");
  assert.equal(wantsProbe(fallen(60), blind, "high", 60_000), true, "but a burst may tell");
});

test("a line that is cut says nothing of what it carries", () => {
  const dark = look({ kbps: 5, rtt: 9000, loss: 100, isDark: true });
  const cut = after(began(0), 20, () => dark);
  assert.equal(cut.level, "high");
  assert.equal(step(cut, look({ kbps: 60 }), LATER + 21_000).level, "high", "nor do the first figures after it");
});

test("up by one level after ten good seconds", () => {
  const low = fallen(120);
  assert.equal(after(low, 10, () => look({ kbps: 900 }), 20_000).level, "low");
  const risen = after(low, 11, () => look({ kbps: 900 }), 20_000);
  assert.deepEqual([risen.level, risen.reason], ["medium", "recovered"]);
});

test("an estimate that hovers at a floor does not lift", () => {
  assert.equal(after(fallen(340), 60, () => look({ kbps: 360 }), 20_000).level, "medium");
});

test("when hardly sound gets through for long it is time to ring up, and back as slowly", () => {
  const audio = fallen(60);
  const deaf = look({ rtt: 4000 });
  assert.equal(after(audio, 10, () => deaf, 20_000).level, "audio");
  const phone = after(audio, 11, () => deaf, 20_000);
  assert.deepEqual([phone.level, phone.reason], ["phone", "delay"]);
  assert.equal(after(phone, 10, () => look(), 40_000).level, "phone");
  assert.equal(after(phone, 11, () => look(), 40_000).level, "audio");
});

test("who may have no more than a small picture gets no more", () => {
  const small = step(began(0), look({ kbps: 900 }), 0, "low");
  assert.deepEqual([small.level, small.reason], ["low", "shared"]);
  assert.equal(after(small, 60, () => look({ kbps: 900, probe: 900 }), 20_000, "low").level, "low");
});

test("pictures go out above sound alone; the voice is thin from stills down", () => {
  const levels = ["high", "medium", "low", "stills", "audio", "phone"];
  assert.deepEqual(levels.map(hasPicture), [true, true, true, true, false, false]);
  assert.deepEqual(levels.map(isThin), [false, false, false, true, true, true]);
});
