/** Hold, sharing, a part that changes: what the page knows, says and sends. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { isApart } from "../../web/static/js/call/apart.js";
import { Devices } from "../../web/static/js/call/devices.js";
import { everybody } from "../../web/static/js/call/people.js";
import { EMPTY, linkChanged, reduce } from "../../web/static/js/call/room.js";
import { capVideo } from "../../web/static/js/call/senders.js";
import { standingOf as statusOf } from "../../web/static/js/call/standing.js";
import { stillOf } from "../../web/static/js/call/tiles.js";

const peer = (id, role) => ({ id, name: id, role, state: "present", co_located: false, audio: true, video: true });
const admitted = (role, ...participants) => ({
  type: "admitted",
  role,
  co_located: false,
  may_admit: role !== "guest",
  may_end: role !== "guest",
  participants,
  ice_servers: [],
  chat: [],
  held_by: null,
  shared_by: null,
});
const after = (...messages) =>
  [linkChanged("up"), { type: "waiting", self: "me", place: 0 }, ...messages].reduce(reduce, EMPTY);
const held = { type: "hold.changed", by: "d" };

test("a hold keeps station and patient apart from doctor and guests, and nobody else", () => {
  const apart = (role, other) => isApart(after(admitted(role, peer("x", other)), held), peer("x", other));
  for (const waits of ["station", "patient"]) {
    for (const talks of ["doctor", "guest"]) {
      assert.equal(apart(waits, talks), true);
      assert.equal(apart(talks, waits), true);
    }
  }
  assert.equal(apart("station", "patient"), false);
  assert.equal(apart("doctor", "guest"), false);
  assert.equal(isApart(after(admitted("station", peer("x", "doctor"))), peer("x", "doctor")), false);
});

test("who is held, who holds and who stands beside are told so, before anything else", () => {
  const key = (role) => statusOf(after(admitted(role, peer("x", "station")), held)).key;
  assert.deepEqual(["station", "patient", "doctor", "guest"].map(key), ["held", "held", "holding", "held_apart"]);
  const again = after(admitted("station", peer("d", "doctor")), held, { type: "hold.changed", by: null });
  assert.equal(statusOf(again), null);
});

test("a tile of somebody held says so instead of showing the last picture", () => {
  const room = after(admitted("station", peer("d", "doctor")), held);
  assert.equal(stillOf(room, room.peers.d, "connected"), "held");
});

test("what is shared is told to those who see it and to who shares", () => {
  const room = (by) => after(admitted("station", peer("d", "doctor")), { type: "share.changed", by });
  assert.deepEqual(statusOf(room("d")), { key: "shared", tone: "info", name: "d" });
  assert.equal(statusOf(room("me")).key, "sharing");
  assert.equal(statusOf(room(null)), null);
});

test("who gave the call over is told so; who was a guest all along is not", () => {
  const guest = admitted("guest", peer("n", "station"));
  assert.equal(statusOf(after(admitted("doctor", peer("n", "station")), guest)).key, "gave_over");
  assert.equal(statusOf(after(guest)), null);
  assert.equal(after(admitted("doctor"), guest, admitted("doctor")).gaveOver, false);
});

test("a call that goes on by phone says so", () => {
  const ended = (reason) => statusOf(after(admitted("station"), { type: "call.ended", by: null, reason })).key;
  assert.deepEqual(["completed", "by_phone"].map(ended), ["ended", "by_phone"]);
});

test("doctor and station may send a guest out, a guest nobody", () => {
  const may = (role) =>
    everybody(after(admitted(role, peer("g", "guest"), peer("d", "doctor"))), {}).map((each) => each.mayRemove);
  assert.deepEqual(may("station"), [false, true, false]);
  assert.deepEqual(may("guest"), [false, false, false]);
});

const track = () => ({ enabled: true, stopped: false, stop() { this.stopped = true; } });

test("a screen takes the camera's place and gives it back, and everybody is told", () => {
  const said = [];
  const devices = new Devices({ coLocated: false, audioOnly: false, say: (m) => said.push(m), onChange: () => {} });
  const [camera, screen] = [track(), track()];
  devices.media.tracks.video = camera;
  devices.show(screen);
  assert.equal(devices.tracks.video, screen);
  devices.show(null);
  assert.equal(devices.tracks.video, camera);
  assert.equal(screen.stopped, true);
  assert.equal(camera.stopped, false);
  assert.deepEqual(
    said.filter((each) => each.type === "share.set").map((each) => each.shared),
    [true, false],
  );
});

test("a screen is shown without a camera, and letting go of everything lets go of it", () => {
  const said = [];
  const devices = new Devices({ coLocated: false, audioOnly: true, say: (m) => said.push(m), onChange: () => {} });
  const screen = track();
  devices.show(screen);
  assert.deepEqual(said.at(-1), { type: "track.set", kind: "video", enabled: true });
  devices.close();
  assert.equal(screen.stopped, true);
});

test("letters stay sharp where a face would get coarser", async () => {
  const sent = [];
  const sender = (contentHint) => ({
    track: { contentHint },
    getParameters: () => ({ encodings: [{}] }),
    setParameters: async (parameters) => sent.push(parameters),
  });
  await capVideo(sender("detail"), "low");
  await capVideo(sender(""), "low");
  assert.deepEqual(
    sent.map((each) => [each.degradationPreference, each.encodings[0].scaleResolutionDownBy]),
    [["maintain-resolution", 1], ["maintain-framerate", 2]],
  );
  assert.equal(sent[0].encodings[0].maxBitrate, sent[1].encodings[0].maxBitrate);
});
