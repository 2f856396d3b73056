/** Whether what arrives is seen and heard, and what is tried when it is not. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { countPictures } from "../../web/static/js/call/presented.js";
import { isHushed, notice, silentSince, watchful } from "../../web/static/js/call/watch.js";

/** Counts that grow by what `pace` says each second. */
function seen(second, { shown = 15, decoded = 15, pictures = 40, voices = 50, played = 48_000, energy = 1e-4, more = {} } = {}) {
  return {
    shown: shown * second,
    reading: {
      picture: { packets: pictures * second, decoded: decoded * second },
      voice: { packets: voices * second, played: played * second, energy: energy === null ? null : energy * second },
    },
    isVisible: true,
    expectsVoice: true,
    ...more,
  };
}

/** What is tried, and when, in so many seconds of the same. */
function tried(seconds, pace, watch = watchful()) {
  const acts = [];
  for (let second = 1; second <= seconds; second += 1) {
    const found = notice(watch, seen(second, pace), second * 1000);
    watch = found.watch;
    if (found.act !== "none") acts.push([second, found.act]);
  }
  return { acts, watch };
}

test("what moves is left alone", () => {
  assert.deepEqual(tried(60, {}).acts, []);
});

test("a picture that is decoded and stands: first the player, then the connection, then another one", () => {
  assert.deepEqual(tried(40, { shown: 0 }).acts.slice(0, 3), [[6, "attach"], [11, "restart"], [22, "renew"]]);
});

test("each round is more patient than the one before", () => {
  const renewed = tried(200, { shown: 0 }).acts.filter(([, act]) => act === "renew").map(([second]) => second);
  assert.ok(renewed[1] - renewed[0] > renewed[0], String(renewed));
});

test("a sender that sends nothing, or one picture a second, is not frozen", () => {
  assert.deepEqual(tried(30, { shown: 0, decoded: 0, pictures: 0 }).acts, []);
  assert.deepEqual(tried(30, { shown: 1, decoded: 1, pictures: 3 }).acts, []);
});

test("a player that begins to count anew is moving", () => {
  const watch = notice(watchful(), seen(9, {}), 9000).watch;
  assert.equal(notice(watch, { ...seen(10, {}), shown: 1 }, 10_000).watch.since, null);
});

test("a hidden page presents nothing: there, decoded is enough", () => {
  const more = { isVisible: false };
  assert.deepEqual(tried(30, { shown: 0, more }).acts, []);
  assert.equal(tried(30, { shown: 0, decoded: 0, more }).acts[0][1], "attach");
});

test("a voice that arrives and is not played is noticed", () => {
  assert.equal(tried(10, { played: 0 }).acts[0][1], "attach");
});

test("nothing at all, from somebody whose microphone is on, is noticed; from others it is not", () => {
  const nothing = { shown: 0, decoded: 0, pictures: 0, voices: 0, played: 0 };
  assert.deepEqual(tried(12, nothing).acts, [[6, "attach"], [11, "restart"]]);
  assert.deepEqual(tried(30, { ...nothing, more: { expectsVoice: false } }).acts, []);
});

test("a voice that is lost is noticed though the picture goes on; one that says nothing is not lost", () => {
  assert.deepEqual(tried(12, { voices: 0, played: 48_000 }).acts, [[6, "attach"], [11, "restart"]]);
  assert.deepEqual(tried(30, { voices: 0, more: { expectsVoice: false } }).acts, []);
  assert.deepEqual(tried(60, { voices: 2.5, energy: 0 }).acts, [], "DTX");
});

/** After how many seconds of the same it is said that nothing is heard. */
function hushed(seconds, pace) {
  let [since, last] = [null, null];
  for (let second = 1; second <= seconds; second += 1) {
    const now = seen(second, pace);
    since = silentSince(since, last, now, second * 1000, 1000);
    if (isHushed(since, second * 1000)) return second;
    last = now;
  }
  return null;
}

test("a microphone that gives nothing at all is told after half a minute, a quiet room is not", () => {
  assert.equal(hushed(60, { energy: 0 }), 32);
  assert.equal(hushed(60, { energy: 0, voices: 2.5 }), 32, "DTX");
  assert.equal(hushed(60, { energy: 1e-8 }), null);
  assert.equal(hushed(60, { energy: null }), null, "the browser does not say");
  assert.equal(hushed(60, { energy: 0, more: { expectsVoice: false } }), null, "muted, and everybody sees it");
});

test("what heals starts anew", () => {
  const { watch } = tried(5, { shown: 0 });
  const healed = notice(watch, seen(6, {}), 6000);
  assert.deepEqual([healed.act, healed.watch.since, healed.watch.done], ["none", null, 0]);
});

test("pictures are counted as presented where the browser tells, as rendered where it does not", () => {
  const calls = [];
  const count = countPictures({ requestVideoFrameCallback: (note) => calls.push(note), currentTime: 0 });
  const before = count();
  calls.shift()();
  calls.shift()();
  assert.equal(count() - before, 2);
  const [player, old] = [{ totalVideoFrames: 7 }, { currentTime: 3.5 }];
  const [counted, timed] = [countPictures({ getVideoPlaybackQuality: () => player }), countPictures(old)];
  const [frames, seconds] = [counted(), timed()];
  player.totalVideoFrames += 3;
  old.currentTime += 0.5;
  assert.deepEqual([counted() - frames, timed() - seconds], [3, 0.5]);
});
