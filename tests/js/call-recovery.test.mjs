/** When a connection to a peer is mended, made anew, or left alone; candidates that come early. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { bestFor, CandidateQueue, nextStep } from "../../web/static/js/call/recovery.js";

const trouble = (more = {}) => ({
  offers: true,
  isConnected: false,
  canReach: true,
  isNew: false,
  restarts: 0,
  since: 0,
  ...more,
});

test("the side that offers restarts, the other never does", () => {
  assert.equal(nextStep(trouble()), "restart");
  assert.equal(nextStep(trouble({ offers: false })), "none");
  assert.equal(nextStep(trouble({ offers: false, isNew: true })), "none");
});

test("nobody offers into the void", () => {
  assert.equal(nextStep(trouble({ canReach: false })), "wait");
  assert.equal(nextStep(trouble({ canReach: false, isNew: true })), "wait");
});

test("media that runs is left alone", () => {
  assert.equal(nextStep(trouble({ isConnected: true, canReach: false })), "none");
  assert.equal(nextStep(trouble({ isConnected: true, restarts: 9 })), "none");
});

test("media that is connected and neither seen nor heard is mended", () => {
  assert.equal(nextStep(trouble({ isConnected: true, isStill: true })), "restart");
  assert.equal(nextStep(trouble({ isConnected: true, isStill: true, restarts: Infinity })), "renew");
  assert.equal(nextStep(trouble({ isConnected: true, isStill: true, offers: false })), "none");
});

test("among three the pairs with the doctor get all that fits, others a small picture", () => {
  assert.equal(bestFor("station", "doctor", ["doctor"]), "high");
  assert.equal(bestFor("station", "patient", ["patient"]), "high");
  assert.equal(bestFor("station", "doctor", ["doctor", "patient"]), "high");
  assert.equal(bestFor("station", "patient", ["doctor", "patient"]), "low");
  assert.equal(bestFor("doctor", "patient", ["station", "patient"]), "high");
  assert.equal(bestFor("station", "patient", ["patient", "guest"]), "high", "no doctor yet");
});

test("after three restarts or half a minute a new connection is made", () => {
  assert.equal(nextStep(trouble({ restarts: 2 })), "restart");
  assert.equal(nextStep(trouble({ restarts: 3 })), "renew");
  assert.equal(nextStep(trouble({ since: 30_001 })), "renew");
  assert.equal(nextStep(trouble({ isNew: true })), "renew");
});

const candidate = (usernameFragment, candidate = "candidate:1") => ({ candidate, usernameFragment });
const sdp = (ufrag) => `v=0\r\na=ice-ufrag:${ufrag}\r\na=ice-pwd:x\r\n`;

test("a candidate waits for the description it belongs to", () => {
  const queue = new CandidateQueue();
  assert.equal(queue.isTimely(candidate("ab"), undefined), false);
  assert.equal(queue.isTimely(candidate("ab"), sdp("abc")), false, "a longer name is another one");
  assert.deepEqual(queue.take(sdp("ab")), [candidate("ab"), candidate("ab")]);
  assert.equal(queue.isTimely(candidate("ab"), sdp("ab")), true);
});

test("candidates of an older generation are forgotten", () => {
  const queue = new CandidateQueue();
  queue.isTimely(candidate("old"), undefined);
  assert.deepEqual(queue.take(sdp("new")), []);
  assert.deepEqual(queue.take(sdp("old")), []);
});

test("a candidate without a name fits any description", () => {
  const queue = new CandidateQueue();
  assert.equal(queue.isTimely({ candidate: "candidate:1" }, sdp("ab")), true);
  assert.equal(queue.isTimely({ candidate: "candidate:1" }, undefined), false);
});
