import assert from "node:assert/strict";
import test from "node:test";
import { Arrivals, Flow, lostOf, median, waysOf } from "../../web/static/js/check/stats.js";

test("the middle of what was measured, the lower of two", () => {
  assert.equal(median([]), null);
  assert.equal(median([30.4, 10, 20]), 20);
  assert.equal(median([4, 1, 3, 2]), 2);
});

test("evenly spaced packets have no jitter, whatever their delay", () => {
  const arrivals = new Arrivals(20);
  for (let number = 0; number < 50; number += 1) arrivals.note(number, 7300 + number * 20);
  assert.ok(arrivals.jitter < 1e-6);
  assert.equal(arrivals.lost(50), 0);
});

test("jitter is reckoned as at the other end", () => {
  const arrivals = new Arrivals(20);
  for (let number = 0; number < 200; number += 1) arrivals.note(number, number * 20 + (number % 2 ? 30 : 0));
  assert.equal(Math.round(arrivals.jitter), 30);
});

test("a packet that comes twice counts once; what is lost is told per mille", () => {
  const arrivals = new Arrivals(20);
  for (const number of [0, 1, 1, 2, 0]) arrivals.note(number, number * 20);
  assert.equal(arrivals.lost(150), 980);
  assert.equal(lostOf(150, 147), 20);
  assert.equal(lostOf(150, 151), 0);
});

test("a rate counts from the first piece on", () => {
  const flow = new Flow();
  assert.equal(flow.kbps, null);
  flow.note(4096, 1000);
  assert.equal(flow.kbps, null);
  for (let step = 1; step <= 10; step += 1) flow.note(1250, 1000 + step * 100);
  assert.equal(flow.kbps, 100);
});

test("each way of the relay has one address with its credential", () => {
  const relay = { username: "1:a", credential: "b" };
  const urls = ["turn:r:3478?transport=udp", "turn:r:3478?transport=tcp", "turns:r:443?transport=tcp", "turn:s"];
  const ways = waysOf([{ urls: ["stun:r"] }, { urls, ...relay }]);
  assert.deepEqual(ways, {
    udp: { urls: [urls[0]], ...relay },
    tcp: { urls: [urls[1]], ...relay },
    tls: { urls: [urls[2]], ...relay },
  });
  assert.deepEqual(waysOf([]), {});
});
