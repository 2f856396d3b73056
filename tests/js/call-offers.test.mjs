/** Offers that cross a break, and links that are closed in the middle of one. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { linked } from "./support/linked.mjs";
import { made, settle } from "./support/peers.mjs";

test("a link that was closed makes no other connection, however often its line had broken", async (context) => {
  const { link, said } = linked(context);
  await settle();
  made[0].ice("connected");
  made[0].ice("disconnected");
  mock.timers.tick(2000);
  await settle();
  made[0].ice("checking");
  made[0].ice("disconnected");
  const before = [made.length, said.length];
  link.close();
  mock.timers.tick(20_000);
  link.again();
  await settle();
  assert.deepEqual([made.length, said.length], before);
});

test("of two offers under way the answer to the second counts, whatever the first brings", async (context) => {
  const { said, link } = linked(context);
  await settle();
  mock.timers.tick(8000);
  await settle();
  const [first, second] = said.filter((each) => each.type === "media.offer");
  assert.deepEqual([first.offer, second.offer], [1, 2]);
  const answer = (offer, sdp) => link.receive({ type: "media.answer", from: "p", connection: first.connection, offer, sdp });
  answer(1, "answer to 1\r\na=ice-ufrag:A1");
  answer(2, "answer to 2\r\na=ice-ufrag:A2");
  await settle();
  assert.match(made[0].remoteDescription.sdp, /^answer to 2/);
});

test("an answer names the offer it is to", async (context) => {
  const { said, link } = linked(context, { offers: false });
  link.receive({ type: "media.offer", from: "p", connection: "k1", offer: 4, sdp: "offer\r\na=ice-ufrag:x" });
  await settle();
  assert.equal(said[0].offer, 4);
});

test("an answer of a page that names no offer is taken", async (context) => {
  const { said, link } = linked(context);
  await settle();
  link.receive({ type: "media.answer", from: "p", connection: said[0].connection, offer: null, sdp: "answer" });
  await settle();
  assert.equal(made[0].remoteDescription.sdp, "answer");
});

test("what a closed connection never answers keeps no later connection from offering", async (context) => {
  const { said, link } = linked(context);
  await settle();
  made[0].ice("connected");
  made[0].setRemoteDescription = () => new Promise(() => undefined); // as a browser's, once it is closed
  link.receive({ type: "media.answer", from: "p", connection: said[0].connection, offer: 1, sdp: "answer" });
  await settle();
  link.mend("renew");
  await settle();
  assert.deepEqual([made[0].isClosed, made.length], [true, 2]);
  const [first, second] = said.filter((each) => each.type === "media.offer");
  assert.notEqual(second.connection, first.connection);
});
