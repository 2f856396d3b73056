/** When the line counts as dead, when it is tried again, and when it is not. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { delayBefore, patienceFor } from "../../web/static/js/call/patience.js";
import { connected, welcome } from "./support/line.mjs";

test("silence for two and a half beats ends the line; pings tell what arrived", async (context) => {
  const line = await connected(context);
  line.last().accept();
  line.last().say(welcome());
  line.last().say({ type: "chat.posted", seq: 4 });
  await line.pass(3000);
  assert.deepEqual(line.last().sent.at(-1), { type: "ping", last_seq: 4 });
  await line.pass(4499);
  assert.equal(line.sockets.length, 1);
  await line.pass(1);
  await line.pass(0);
  assert.equal(line.sockets.length, 2);
  assert.deepEqual(line.links, ["connecting", "up", "down", "connecting"]);
});

test("a connection that does not open is given up after 4 s, and tried again at once however often", async (context) => {
  const line = await connected(context);
  for (let tries = 2; tries < 9; tries += 1) {
    await line.pass(4000);
    await line.pass(200);
    assert.equal(line.sockets.length, tries);
  }
});

test("a try waits a multiple of what the last good one took, every third the longest", () => {
  assert.equal(patienceFor(null, 0), 4000);
  assert.deepEqual([0, 1, 2, 3].map((attempt) => patienceFor(100, attempt)), [2000, 2000, 4000, 2000]);
  assert.equal(patienceFor(1000, 0), 2500);
  assert.equal(patienceFor(9000, 0), 4000);
});

test("a try that opened slowly is given time to be answered", async (context) => {
  const line = await connected(context);
  await line.pass(3900);
  line.last().accept();
  await line.pass(2400);
  assert.equal(line.sockets.length, 1);
});

test("a try on a network that is gone ends when another is there", async (context) => {
  const line = await connected(context);
  line.connection.probe();
  await line.settle();
  assert.equal(line.sockets.length, 2);
  assert.equal(line.sockets[0].closedWith, 1005);
});

test("tries grow apart, and the network's return ends the waiting", async (context) => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 99].map((n) => delayBefore(n, 0)), [0, 300, 1200, 2700, 4000, 4000, 4000]);
  assert.ok(delayBefore(4, 1) < delayBefore(4, 0), "not everybody in the same instant");
  assert.ok(delayBefore(1, 1) > 0);
  const line = await connected(context);
  line.last().drop();
  await line.pass(0);
  line.last().drop();
  await line.pass(100);
  assert.equal(line.sockets.length, 2);
  line.connection.probe();
  await line.settle();
  assert.equal(line.sockets.length, 3);
});

test("a line that may be dead must answer a probe soon", async (context) => {
  const line = await connected(context);
  line.last().accept();
  line.last().say(welcome({ heartbeat_seconds: 25 }));
  line.connection.probe();
  await line.pass(2500);
  await line.pass(0);
  assert.equal(line.sockets.length, 2);
});

/** Let the line drop after a welcome and be refused when it comes back. */
async function comeBackRefused(line, code) {
  line.last().accept();
  line.last().say(welcome());
  line.last().drop();
  await line.pass(0);
  line.last().accept();
  line.last().say({ type: "refused", code, retry: false });
  line.last().drop(4000);
}

test("a lapsed place is asked for with a new ticket", async (context) => {
  const line = await connected(context);
  await comeBackRefused(line, "resume-refused");
  await line.pass(1000);
  assert.equal(line.tickets, 2);
});

test("who was taken over or removed does not come back", async (context) => {
  for (const [code, word] of [[4001, "seat-taken-over"], [1000, "call-over"]]) {
    const line = await connected(context);
    line.last().accept();
    line.last().say(welcome());
    line.last().drop(code);
    await line.pass(60_000);
    assert.equal(line.sockets.length, 1);
    assert.equal(line.links.at(-1), `closed ${word}`);
    mock.timers.reset();
  }
});

test("a page that was replaced while its line was down stays away", async (context) => {
  const line = await connected(context);
  await comeBackRefused(line, "seat-taken-over");
  await line.pass(60_000);
  assert.deepEqual([line.tickets, line.sockets.length, line.links.at(-1)], [1, 2, "closed seat-taken-over"]);
});

test("a ticket that cannot be had ends it; a failing network does not", async (context) => {
  const refused = await connected(context, {
    getTicket: () => Promise.reject(Object.assign(new Error("gone"), { final: true, code: "no-ticket" })),
  });
  assert.deepEqual(refused.links, ["connecting", "closed no-ticket"]);
  mock.timers.reset();
  const flaky = await connected(context, {
    getTicket: (attempt) => (attempt < 2 ? Promise.reject(new Error("offline")) : Promise.resolve("t".repeat(20))),
  });
  await flaky.pass(0);
  assert.equal(flaky.sockets.length, 1);
});

test("leaving closes with 1000", async (context) => {
  const line = await connected(context);
  line.last().accept();
  line.last().say(welcome());
  line.connection.stop();
  assert.equal(line.last().closedWith, 1000);
  assert.equal(line.links.at(-1), "closed left");
});
