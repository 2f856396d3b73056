/** A call with as many in it as it holds: what the page says, and when it asks again. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY, linkChanged, reduce } from "../../web/static/js/call/room.js";
import { standingOf as statusOf } from "../../web/static/js/call/standing.js";
import { connected, welcome } from "./support/line.mjs";

test("who comes to a full call is told so until there is a place, and not that the line is lost", () => {
  const refused = [{ type: "refused", code: "room-full", retry: true }, linkChanged("down")];
  const key = (...messages) => statusOf(messages.reduce(reduce, EMPTY))?.key;
  assert.equal(key(...refused), "full");
  assert.equal(key(...refused, linkChanged("connecting")), "full", "asking again is nothing to tell of");
  assert.equal(key(...refused, linkChanged("up"), welcome({ place: 1 })), "waiting");
  assert.equal(key(...refused, linkChanged("closed", "call-over")), "ended");
  assert.equal(key({ type: "refused", code: "room-moved", retry: true }, linkChanged("down")), "lost_waiting");
});

test("a full call is asked for a place every ten seconds, each time with a new ticket", async (context) => {
  const line = await connected(context);
  for (const tickets of [2, 3]) {
    line.last().accept();
    line.last().say({ type: "refused", code: "room-full", retry: true });
    line.last().drop(4000);
    await line.pass(9_900);
    assert.equal(line.tickets, tickets - 1);
    await line.pass(100);
    assert.equal(line.tickets, tickets);
  }
  line.last().accept();
  line.last().say(welcome());
  line.last().drop();
  await line.pass(0);
  assert.equal(line.sockets.length, 4, "a line that drops afterwards is mended at once");
});
