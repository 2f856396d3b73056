/** What is said over the line: ticket, resume, nothing lost, nothing twice. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../web/static/js/call/outbox.js";
import { connected, welcome } from "./support/line.mjs";

test("the first word is hello with a ticket", async (context) => {
  const line = await connected(context);
  line.last().accept();
  assert.deepEqual(line.last().sent, [
    { type: "hello", versions: [1], ticket: "ticket-ticket-ticket", attempt: 1, audio: true, video: false },
  ]);
});

test("a dropped socket comes back with resume and the last number", async (context) => {
  const line = await connected(context);
  line.last().accept();
  line.last().say(welcome());
  line.last().say({ type: "chat.posted", seq: 7, line: {} });
  line.last().drop();
  await line.pass(0);
  line.last().accept();
  const { resume, epoch, last_seq: lastSeq, ticket, attempt } = line.last().sent[0];
  assert.deepEqual([resume, epoch, lastSeq, ticket], ["resume-resume-resume", 1, 7, undefined]);
  assert.equal(attempt, 2, "each socket counts one on, so that a late hello is known as such");
  assert.equal(line.tickets, 1);
});

test("what was not answered is sent again with its number, and only once answered", async (context) => {
  const line = await connected(context);
  line.last().accept();
  line.last().say(welcome());
  const outcome = line.connection.send({ type: "chat.send", text: "Dạ" });
  line.last().drop();
  await line.pass(0);
  line.last().accept();
  line.last().say(welcome({ resumed: true }));
  assert.deepEqual(line.last().sent.at(-1), { type: "chat.send", text: "Dạ", ref: 1 });
  line.last().say({ type: "done", reply_to: 1, seq: 1 });
  assert.deepEqual(await outcome, { ok: true });
});

test("after a restart of the server old descriptions are not sent again", async (context) => {
  const line = await connected(context);
  line.last().accept();
  line.last().say(welcome());
  const offer = line.connection.send({ type: "media.offer", sdp: "v=0" });
  line.last().drop(1012);
  await line.pass(0);
  line.last().accept();
  line.last().say({ type: "room.epoch", seq: 1, epoch: 2 });
  line.last().say(welcome({ epoch: 2 }));
  assert.deepEqual(await offer, { ok: false, code: "dropped" });
  assert.equal(line.last().sent.length, 1);
});

test("a message heard twice counts once", async (context) => {
  const line = await connected(context);
  line.last().accept();
  line.last().say(welcome());
  for (const seq of [1, 2, 2, 1, 3]) line.last().say({ type: "chat.posted", seq });
  assert.deepEqual(line.heard.filter((each) => each.seq).map((each) => each.seq), [1, 2, 3]);
});

test("the outbox keeps order and forgets what was answered", async () => {
  const outbox = new Outbox();
  const first = outbox.add({ type: "a" });
  outbox.add({ type: "b" });
  outbox.settle(1, "rate-exceeded");
  outbox.settle(99);
  assert.deepEqual(await first.outcome, { ok: false, code: "rate-exceeded" });
  assert.deepEqual(outbox.unanswered(), [{ type: "b", ref: 2 }]);
});

test("of offers to one peer that nobody heard only the last is sent again", async (context) => {
  const line = await connected(context);
  line.last().accept();
  line.last().say(welcome());
  line.last().drop();
  line.connection.send({ type: "media.offer", to: "p", offer: 1 });
  line.connection.send({ type: "media.offer", to: "q", offer: 1 });
  line.connection.send({ type: "media.answer", to: "p", offer: 1 });
  line.connection.send({ type: "media.offer", to: "p", offer: 2 });
  await line.pass(0);
  line.last().accept();
  line.last().say(welcome({ resumed: true }));
  const again = line.last().sent.filter((each) => each.type.startsWith("media.")).map((each) => [each.type, each.to, each.offer]);
  assert.deepEqual(again, [["media.offer", "q", 1], ["media.answer", "p", 1], ["media.offer", "p", 2]]);
});

test("a server that is slow to answer is given more time with every try", async (context) => {
  const line = await connected(context);
  for (const patience of [2500, 5000, 7500, 10_000, 10_000]) {
    const tries = line.sockets.length;
    line.last().accept();
    await line.pass(patience - 1);
    assert.deepEqual([line.sockets.length, line.last().closedWith], [tries, null]);
    await line.pass(1);
    await line.pass(200);
    assert.equal(line.sockets.length, tries + 1);
  }
  line.last().accept();
  line.last().say(welcome());
  assert.equal(line.connection.attempt, 0);
});
