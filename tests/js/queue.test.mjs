/** Where the keys of the doctor's queue lead. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { stepTo } from "../../web/static/js/queue.js";

test("j and k walk through the rows and stop at the ends", () => {
  assert.equal(stepTo("j", -1, 3), 0);
  assert.equal(stepTo("j", 0, 3), 1);
  assert.equal(stepTo("j", 2, 3), 2);
  assert.equal(stepTo("k", 2, 3), 1);
  assert.equal(stepTo("k", 0, 3), 0);
  assert.equal(stepTo("k", -1, 3), 2);
});

test("other keys and an empty queue lead nowhere", () => {
  assert.equal(stepTo("x", 0, 3), null);
  assert.equal(stepTo("Enter", 0, 3), null);
  assert.equal(stepTo("j", -1, 0), null);
});
