/** One peer: who offers, what is answered, how a connection is mended and when it is made anew. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { AUDIO, linked } from "./support/linked.mjs";
import { made, settle } from "./support/peers.mjs";

test("the side that offers does so at once, with both kinds of media", async (context) => {
  const { said } = linked(context);
  await settle();
  assert.deepEqual([said.length, said[0].type, said[0].to], [1, "media.offer", "p"]);
  assert.deepEqual(made[0].transceivers.map((each) => [each.receiver.track.kind, each.sender.track]), [
    ["audio", AUDIO],
    ["video", null],
  ]);
});

test("the other side waits, then answers with its own tracks", async (context) => {
  const { said, link } = linked(context, { offers: false });
  await settle();
  assert.deepEqual(said, []);
  link.receive({ type: "media.offer", from: "p", connection: "k1", sdp: "offer\r\na=ice-ufrag:x" });
  await settle();
  assert.deepEqual(said.map((each) => [each.type, each.connection]), [["media.answer", "k1"]]);
  assert.equal(made[0].transceivers[0].sender.track, AUDIO);
  assert.ok(made[0].transceivers.every((each) => each.direction === "sendrecv"));
});

test("nothing is offered to somebody who is away, everything once they are back", async (context) => {
  const { said, link, peer } = linked(context, { state: "absent" });
  await settle();
  assert.deepEqual(said, []);
  link.update({ ...peer, state: "present" });
  await settle();
  assert.equal(said[0].type, "media.offer");
});

test("a broken line is restarted after a grace, not before", async (context) => {
  const { said } = linked(context);
  await settle();
  made[0].ice("connected");
  made[0].ice("disconnected");
  mock.timers.tick(1999);
  await settle();
  assert.equal(said.length, 1);
  mock.timers.tick(1);
  await settle();
  assert.match(said[1].sdp, /restart/);
  assert.equal(said[1].connection, said[0].connection);
});

test("a line that heals by itself is left alone", async (context) => {
  const { said } = linked(context);
  await settle();
  made[0].ice("connected");
  made[0].ice("disconnected");
  made[0].ice("connected");
  mock.timers.tick(20_000);
  await settle();
  assert.equal(said.length, 1);
});

test("after three restarts without an answer a new connection is made under a new name", async (context) => {
  const { said } = linked(context);
  await settle();
  for (let i = 0; i < 4; i += 1) {
    mock.timers.tick(8000);
    await settle();
  }
  assert.equal(made.length, 2);
  assert.ok(made[0].isClosed);
  assert.notEqual(said.at(-1).connection, said[0].connection);
});

test("a description that is not accepted leads to a new connection", async (context) => {
  const { link, said } = linked(context);
  await settle();
  link.receive({ type: "media.answer", from: "p", connection: said[0].connection, sdp: "broken" });
  await settle();
  mock.timers.tick(2000);
  await settle();
  assert.equal(made.length, 2);
});

test("words of an older connection are ignored, a new offer replaces it", async (context) => {
  const { link, said } = linked(context, { offers: false });
  const offer = (connection) => ({ type: "media.offer", from: "p", connection, sdp: "offer\r\na=ice-ufrag:x" });
  link.receive(offer("k1"));
  await settle();
  link.receive(offer("k2"));
  link.receive({ type: "media.candidate", from: "p", connection: "k1", candidate: { candidate: "old" } });
  await settle();
  assert.equal(made.length, 2);
  assert.deepEqual(made[1].candidates, []);
  assert.deepEqual(said.map((each) => each.connection), ["k1", "k2"]);
});

test("early candidates reach the connection once it knows what they belong to", async (context) => {
  const { link, said } = linked(context);
  await settle();
  const [{ connection }, candidate] = [said[0], { candidate: "candidate:1", usernameFragment: "a" }];
  link.receive({ type: "media.candidate", from: "p", connection, candidate });
  await settle();
  assert.deepEqual(made[0].candidates, []);
  link.receive({ type: "media.answer", from: "p", connection, sdp: "answer\r\na=ice-ufrag:a" });
  await settle();
  assert.deepEqual(made[0].candidates, [candidate]);
});

test("a camera that is switched on later is sent without a new offer", async (context) => {
  const world = linked(context);
  await settle();
  world.tracks = { audio: AUDIO, video: { kind: "video" } };
  world.link.negotiation.changeTracks();
  await settle();
  assert.equal(made[0].transceivers[1].sender.track, world.tracks.video);
  assert.equal(world.said.length, 1);
});

test("the level of the line caps the picture and the voice", async (context) => {
  const { link } = linked(context);
  await settle();
  link.negotiation.setLevel("low");
  await settle();
  const [audio, video] = made[0].transceivers.map((each) => each.sender.parameters.encodings[0]);
  assert.deepEqual([audio.maxBitrate, video.maxBitrate, video.active], [24_000, 60_000, true]);
});
