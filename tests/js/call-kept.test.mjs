/** Media that flows is kept, though the server has given somebody up. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Kept } from "../../web/static/js/call/kept.js";
import { EMPTY } from "../../web/static/js/call/room.js";

const doctor = { id: "d", name: "BS Lê", role: "doctor", state: "absent" };
const withDoctor = { ...EMPTY, peers: { d: doctor } };
const left = (reason) => ({ type: "participant.left", participant: "d", reason });

test("who lost the server alone stays for as long as anything of theirs arrives", () => {
  let flows = true;
  const kept = new Kept(() => flows);
  const room = kept.after(withDoctor, EMPTY, left("lost"));
  assert.deepEqual(Object.keys(room.peers), ["d"]);
  assert.equal(room.peers.d.state, "absent");
  assert.deepEqual(Object.keys(kept.in(EMPTY).peers), ["d"]);
  flows = false;
  assert.equal(kept.in(EMPTY), EMPTY);
  flows = true;
  assert.equal(kept.in(EMPTY), EMPTY, "gone is gone");
});

test("whoever comes back is as the server says", () => {
  const kept = new Kept(() => true);
  kept.after(withDoctor, EMPTY, left("lost"));
  const back = { ...EMPTY, peers: { d: { ...doctor, state: "present" } } };
  assert.equal(kept.after(EMPTY, back, { type: "participant.joined" }), back);
  assert.equal(kept.in(EMPTY), EMPTY);
});

test("whoever was removed, has left or opened the page anew is dropped at once", () => {
  for (const reason of ["removed", "revoked", "left", "replaced", "moved"]) {
    assert.equal(new Kept(() => true).after(withDoctor, EMPTY, left(reason)), EMPTY, reason);
  }
  const kept = new Kept(() => true);
  const still = kept.after(withDoctor, EMPTY, left("lost"));
  assert.equal(kept.after(still, EMPTY, left("removed")), EMPTY);
});
