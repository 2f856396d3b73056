/** What is known of a room after each message, and what the page says about it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY, linkChanged, reduce } from "../../web/static/js/call/room.js";
import { standingOf as statusOf } from "../../web/static/js/call/standing.js";
import { fill } from "../../web/static/js/call/status.js";

const SELF = "s";
const peer = (id, more = {}) => ({
  id,
  name: `Người ${id}`,
  role: "doctor",
  state: "present",
  co_located: false,
  audio: true,
  video: true,
  offers: true,
  polite: false,
  ...more,
});
const line = (id, text = "Dạ") => ({ id, from: "d", name: "BS", text, at: "2026-11-23T02:00:00Z" });
const waiting = (place) => ({ type: "waiting", self: SELF, place });
const admitted = (more = {}) => ({
  type: "admitted",
  role: "station",
  co_located: false,
  may_admit: true,
  may_end: true,
  participants: [peer("d"), peer("p", { role: "patient", state: "waiting" })],
  ice_servers: [],
  chat: [line("1")],
  ...more,
});
const after = (...messages) => messages.reduce(reduce, EMPTY);
const live = (...messages) => after(linkChanged("up"), waiting(0), admitted(), ...messages);

test("before admission nothing is known but the place", () => {
  const room = after(linkChanged("up"), waiting(2));
  assert.equal(room.phase, "waiting");
  assert.equal(room.place, 2);
  assert.deepEqual([room.peers, room.knocks, room.chat], [{}, {}, []]);
});

test("who waits knocks, who is in the call is a peer", () => {
  const room = live();
  assert.deepEqual(Object.keys(room.peers), ["d"]);
  assert.deepEqual(Object.keys(room.knocks), ["p"]);
});

test("who waits with the line down still knocks, and is no peer", () => {
  const room = live({ type: "participant.changed", participant: peer("p", { role: "patient", state: "away" }) });
  assert.deepEqual([Object.keys(room.peers), Object.keys(room.knocks)], [["d"], ["p"]]);
});

test("an admitted patient moves from the knocks to the peers", () => {
  const room = live({ type: "participant.changed", participant: peer("p", { role: "patient" }) });
  assert.deepEqual(Object.keys(room.knocks), []);
  assert.deepEqual(Object.keys(room.peers).sort(), ["d", "p"]);
});

test("a dropped line keeps the call and its people", () => {
  const room = live(linkChanged("down"));
  assert.equal(room.phase, "live");
  assert.deepEqual(Object.keys(room.peers), ["d"]);
  assert.equal(reduce(room, waiting(0)).phase, "live");
});

test("a line of chat posted twice stands once", () => {
  const room = live({ type: "chat.posted", line: line("1") }, { type: "chat.posted", line: line("2") });
  assert.deepEqual(room.chat.map((each) => each.id), ["1", "2"]);
});

test("admitted afresh keeps the chat and replaces the roster", () => {
  const room = live({ type: "chat.posted", line: line("2") }, admitted({ participants: [peer("x")] }));
  assert.deepEqual(Object.keys(room.peers), ["x"]);
  assert.deepEqual(room.chat.map((each) => each.id), ["1", "2"]);
});

test("a switched camera is known, of strangers nothing is", () => {
  const room = live({ type: "track.changed", from: "d", kind: "video", enabled: false });
  assert.equal(room.peers.d.video, false);
  assert.equal(reduce(room, { type: "track.changed", from: "?", kind: "video", enabled: true }), room);
});

test("after the end nothing more happens", () => {
  const room = live({ type: "call.ended", by: "d", reason: "completed" });
  assert.equal(room.phase, "ended");
  assert.equal(room.code, "completed");
  assert.equal(reduce(room, admitted()), room);
  assert.equal(reduce(room, linkChanged("closed", "call-over")), room);
});

test("unknown messages change nothing", () => {
  const room = live();
  assert.equal(reduce(room, { type: "pong" }), room);
});

test("the status says the most important thing", () => {
  const key = (room, problems) => statusOf(room, problems)?.key ?? null;
  assert.equal(key(EMPTY), "connecting");
  assert.equal(key(after(linkChanged("up"), waiting(1))), "waiting");
  assert.equal(key(after(linkChanged("up"), waiting(1), linkChanged("down"))), "lost_waiting");
  assert.equal(key(live()), null);
  assert.equal(key(live(linkChanged("down"))), "lost");
  assert.equal(key(live(), { audio: "denied", video: "denied" }), "microphone_denied");
  assert.equal(key(live(), { video: "missing" }), "camera_missing");
  assert.equal(key(live({ type: "participant.left", participant: "d", reason: "left" })), "alone");
  const step = (participant, to, level) => ({ type: "quality.advised", participant, to, level });
  assert.equal(key(live(step(SELF, "d", "low"))), null);
  assert.equal(key(live(step(SELF, "d", "stills"))), "sent_stills");
  assert.equal(key(live(step(SELF, "d", "audio"))), "sent_audio");
  assert.equal(key(live(step(SELF, "d", "audio"), step(SELF, "d", "medium"))), null);
  assert.equal(key(live(step("d", SELF, "audio"))), null, "their tile says it");
  assert.equal(key(live(step(SELF, "d", "phone"))), "phone");
  assert.equal(key(live(step("d", SELF, "phone"))), "phone");
  assert.equal(key(live(step("d", "x", "phone"))), null, "between others");
  assert.equal(key(live({ type: "detail.changed", participant: SELF, enabled: true })), "detailed");
  assert.equal(key(live({ type: "call.ended", by: null, reason: "cancelled" })), "cancelled");
  assert.equal(key(live({ type: "call.ended", by: null, reason: "completed" })), "ended");
  assert.equal(key(live(linkChanged("closed", "seat-taken-over"))), "taken_over");
  assert.equal(key(live(linkChanged("closed", "bad-message"))), "refused");
});

test("who closed the page has lost no line: they are rung, and after a while the phone is shown too", () => {
  const gone = (id, more) => ({ type: "participant.changed", participant: peer(id, { state: "absent", closed: true, ...more }) });
  const told = (room, cutFor) => (({ key, isPhone }) => [key, Boolean(isPhone)])(statusOf(room, {}, { cutFor }));
  assert.deepEqual(told(live(gone("d")), 0), ["peer_closed_ring", false]);
  assert.deepEqual(told(live(gone("d")), 20_000), ["peer_closed_ring", true]);
  assert.deepEqual(told(live(gone("d"), linkChanged("down")), 20_000), ["no_media", true], "what was told is old");
  const patient = { type: "participant.changed", participant: peer("p", { role: "patient" }) };
  assert.deepEqual(told(live(gone("d"), patient), 20_000), ["peer_closed_ring", true], "the call is held for the doctor");
  const staffed = admitted({ role: "doctor", participants: [peer("s", { role: "station" })] });
  const two = after(linkChanged("up"), waiting(0), staffed, patient, gone("s", { role: "station" }));
  assert.deepEqual(told(two, 0), ["peer_closed_ring", false]);
  assert.deepEqual(told(two, 20_000), ["no_media", true], "of one who is there nothing arrives");
  const asked = admitted({ role: "guest", participants: [peer("d")] });
  assert.deepEqual(told(after(linkChanged("up"), waiting(0), asked, gone("d")), 0), ["peer_closed", false], "no bell of theirs");
  assert.deepEqual(told(live(gone("g", { role: "guest" })), 0), ["peer_closed", false], "who was asked in is not rung there");
  const back = reduce(live(gone("d")), { type: "participant.changed", participant: peer("d") });
  assert.equal(statusOf(back), null);
});

test("the status names who lost the line", () => {
  const room = live({ type: "participant.changed", participant: peer("d", { state: "absent" }) });
  const status = statusOf(room);
  assert.equal(fill("{name} mất đường truyền {x}", { name: status.name }), "Người d mất đường truyền {x}");
});
