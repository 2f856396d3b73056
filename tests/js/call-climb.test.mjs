/** How a line gets its picture back: on proof, and more rarely after each rise that failed. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { began, step, wantsProbe } from "../../web/static/js/call/ladder.js";
import { fallen, look } from "./support/ladder.mjs";

const probed = (state, probes, from = 20_000) =>
  probes.reduce((now, probe, index) => step(now, look({ probe }), from + index * 3000), state);

test("from sound alone two bursts that agree bring the picture back, but not all of it at once", () => {
  const audio = fallen(60);
  assert.equal(probed(audio, [900]).level, "audio");
  assert.equal(probed(audio, [900, 900]).level, "medium");
  assert.equal(probed(audio, [900, 150]).level, "low", "as much as the worse of the two showed");
  assert.equal(probed(audio, [900, 70, 900]).level, "audio");
  assert.equal(probed(audio, [900, 0, 900]).level, "audio", "a burst that was lost shows nothing");
  assert.equal(probed(audio, [80, 80, 80, 80]).level, "audio");
});

test("a burst is tried where a line is calm and something is to be won", () => {
  const audio = fallen(60);
  assert.equal(wantsProbe(began(0), look(), "high", 1e6), false);
  assert.equal(wantsProbe(audio, look(), "high", 4999), false);
  assert.equal(wantsProbe(audio, look(), "high", 5000), true);
  assert.equal(wantsProbe(fallen(200), look(), "high", 19_999), false, "with a picture the estimate tells too");
  assert.equal(wantsProbe(fallen(200), look(), "high", 20_000), true);
  assert.equal(wantsProbe(audio, look({ rtt: 601 }), "high", 5000), false);
  assert.equal(wantsProbe(audio, look({ isDark: true }), "high", 5000), false);
  assert.equal(wantsProbe(probed(audio, [900]), look(), "high", 2500), true, "the second soon after the first");
  assert.equal(wantsProbe({ ...audio, level: "low" }, look(), "low", 1e6), false, "no more is to be had");
});

test("each rise that failed doubles the wait for the next try, up to a minute", () => {
  let [state, now] = [fallen(60), 20_000];
  const waits = [];
  for (let round = 0; round < 6; round += 1) {
    waits.push(state.every);
    state = step(step(state, look({ probe: 900 }), now), look({ probe: 900 }), now + 2500);
    assert.equal(state.level, "medium");
    state = step(state, look({ kbps: 50, rtt: 700 }), now + 10_000);
    assert.equal(state.level, "audio");
    now += 30_000;
  }
  assert.deepEqual(waits, [5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
});

test("whatever a line does, levels rise at least ten seconds or two bursts apart", () => {
  let seed = 7;
  const chance = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let game = 0; game < 200; game += 1) {
    let [state, bursts, risen] = [began(0), 0, -Infinity];
    for (let now = 0; now < 90_000; now += 1000) {
      const probe = chance() < 0.2 ? chance() * 1000 : null;
      bursts += probe === null ? 0 : 1;
      const kbps = chance() < 0.1 ? null : chance() * 800;
      const seen = look({ kbps, rtt: chance() * 2000, loss: chance() * 40, probe, isDark: chance() < 0.05 });
      const next = step(state, seen, now);
      const levels = ["high", "medium", "low", "stills", "audio", "phone"];
      if (levels.indexOf(next.level) < levels.indexOf(state.level) && state.level !== "phone") {
        assert.ok(now - risen >= 10_000 || bursts >= 2, `${state.level} to ${next.level} at ${now}`);
        [risen, bursts] = [now, 0];
      }
      state = next;
    }
  }
});
