/** What a peer connection does about a cut, a frozen picture and a full line. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { linked } from "./support/linked.mjs";
import { made, settle } from "./support/peers.mjs";

test("a line that breaks gets no picture, and a small one first once it is back", async (context) => {
  linked(context);
  await settle();
  const picture = () => made[0].transceivers[1].sender.parameters.encodings[0];
  made[0].ice("disconnected");
  mock.timers.tick(1000);
  await settle();
  assert.equal(picture().maxFramerate, 1);
  made[0].ice("connected");
  await settle();
  assert.deepEqual([picture().active, picture().maxFramerate], [true, 6]);
  mock.timers.tick(4000);
  await settle();
  assert.equal(picture().maxFramerate, 15);
});

const asks = (connection) => ({ type: "media.restart", from: "p", connection });

test("who does not offer asks for a restart, who offers makes it", async (context) => {
  const waiting = linked(context, { offers: false });
  waiting.link.receive({ type: "media.offer", from: "p", connection: "k1", sdp: "offer\r\na=ice-ufrag:x" });
  await settle();
  waiting.link.mend("restart");
  assert.deepEqual(waiting.said.at(-1), { type: "media.restart", connection: "k1", to: "p" });

  mock.timers.reset();
  const offering = linked(context);
  await settle();
  made[0].ice("connected");
  offering.link.receive(asks("another"));
  await settle();
  assert.equal(offering.said.length, 1);
  offering.link.receive(asks(offering.said[0].connection));
  await settle();
  assert.match(offering.said[1].sdp, /restart/);
});

test("who asks again for the same connection gets another: a restart did not help", async (context) => {
  const { link, said } = linked(context);
  await settle();
  const first = said[0].connection;
  for (const carried of [1, 2]) {
    made[0].ice("connected");
    link.receive(asks(first));
    await settle();
    assert.equal(said.length, 1 + carried);
  }
  assert.deepEqual([made.length, said[1].connection], [2, first]);
  const second = said[2].connection;
  made[1].ice("connected");
  link.receive(asks(second));
  await settle();
  assert.equal(said[3].connection, second, "of the other one it is the first word");
});

test("a picture that stands is given to its player anew, and at last over another connection", async (context) => {
  const world = linked(context);
  const { link, said } = world;
  await settle();
  made[0].ice("connected");
  const before = world.streams;
  link.mend("attach");
  assert.deepEqual([world.streams, said.length], [before + 1, 1]);
  link.mend("renew");
  await settle();
  assert.equal(made.length, 2);
  assert.notEqual(said.at(-1).connection, said[0].connection);
});

test("a full line is thinned without a word to the other side", async (context) => {
  const { link, said } = linked(context);
  await settle();
  const theirs = [
    "answer",
    "a=ice-ufrag:a",
    "m=audio 9 X 63 111",
    "a=rtpmap:63 red/48000/2",
    "a=rtpmap:111 opus/48000/2",
    "m=video 9 X 96",
    "a=sendrecv",
    "",
  ].join("\r\n");
  link.receive({ type: "media.answer", from: "p", connection: said[0].connection, sdp: theirs });
  await settle();
  assert.equal(made[0].remoteDescription.sdp, theirs);
  link.negotiation.setLevel("audio");
  await settle();
  assert.match(made[0].remoteDescription.sdp, /m=audio 9 X 111\r\n[^]*a=ptime:60\r\nm=video[^]*a=sendonly/);
  link.negotiation.setLevel("medium");
  await settle();
  assert.equal(made[0].remoteDescription.sdp, theirs);
  assert.equal(said.length, 1);
});

test("whether their picture moves is told when it begins and when it ends", async (context) => {
  const world = linked(context);
  await settle();
  made[0].ice("connected");
  const look = async (framesDecoded) => {
    made[0].stats = [["v", { type: "inbound-rtp", kind: "video", framesDecoded }]];
    mock.timers.tick(1000);
    await settle();
    await settle();
    return [world.link.pilot.isMoving, world.moves];
  };
  assert.deepEqual(await look(5), [true, 1]);
  assert.deepEqual(await look(6), [true, 1]);
  assert.deepEqual(await look(6), [false, 2]);
});
