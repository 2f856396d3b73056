/** What the page says of a call whose line carries nothing, or a voice with nothing in it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY, linkChanged, reduce } from "../../web/static/js/call/room.js";
import { standingOf as statusOf } from "../../web/static/js/call/standing.js";

const SELF = "s";
const doctor = { id: "d", name: "BS Lê", role: "doctor", state: "present", audio: true, video: true };
const live = (...messages) =>
  [
    linkChanged("up"),
    { type: "waiting", self: SELF, place: 0 },
    { type: "admitted", role: "station", participants: [doctor], ice_servers: [], chat: [] },
    ...messages,
  ].reduce(reduce, EMPTY);

test("picture and sound are said to go on only while they do, and a number is shown when they do not", () => {
  const said = (room, cutFor) => {
    const status = statusOf(room, {}, { cutFor });
    return status && [status.key, Boolean(status.isPhone)];
  };
  const away = { type: "participant.changed", participant: { ...doctor, state: "absent" } };
  const down = linkChanged("down");
  assert.deepEqual(said(live(down), 0), ["lost", false]);
  assert.deepEqual(said(live(down), 6000), ["lost_all", false]);
  assert.equal(said(live(), 6000), null, "it may yet connect");
  for (const room of [live(), live(down), live(away), live(away, down)]) {
    assert.deepEqual(said(room, 20_000), ["no_media", true]);
  }
  const alone = { type: "participant.left", participant: "d", reason: "left" };
  assert.deepEqual(said(live(alone), 60_000), ["alone", false]);
  assert.deepEqual(said(live(alone, down), 0), ["lost_all", false], "there is nobody to be heard");
  const thin = { type: "quality.advised", participant: "d", to: SELF, level: "phone" };
  assert.deepEqual(said(live(thin, away), 0), ["phone", true]);
  assert.deepEqual(said(live({ type: "hold.changed", by: "d" }), 60_000), ["held", false], "nothing is to arrive");
});

test("the status names whose voice has nothing in it", () => {
  const { key, name } = statusOf(live(), {}, { cutFor: 0, hushed: "BS Lê" });
  assert.deepEqual([key, name], ["not_heard", "BS Lê"]);
});
