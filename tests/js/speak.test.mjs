/** What is read aloud, in which pieces. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { pieces } from "../../web/static/js/speak.js";

test("sentences are read one by one", () => {
  assert.deepEqual(pieces(["Ăn nhạt.  Đo huyết áp\nmỗi sáng. ", "Gọi 115!"]), ["Ăn nhạt.", "Đo huyết áp mỗi sáng.", "Gọi 115!"]);
});

test("numbers and times are not torn apart", () => {
  assert.deepEqual(pieces(["Sốt trên 38.5 độ lúc 07:30."]), ["Sốt trên 38.5 độ lúc 07:30."]);
});

test("long sentences are cut between words, and nothing is lost", () => {
  const words = Array.from({ length: 120 }, (_, index) => `chữ${index}`);
  const found = pieces([words.join(" ")], 60);
  assert.ok(found.every((piece) => piece.length <= 60));
  assert.equal(found.join(" "), words.join(" "));
});

test("nothing to read gives no pieces", () => {
  assert.deepEqual(pieces(["", "  "]), []);
});
