import assert from "node:assert/strict";
import test from "node:test";

globalThis.document = { querySelector: () => null, addEventListener: () => {} };
const { newIds, titleWith } = await import("../../web/static/js/ring/bell.js");
const { clockText, dash } = await import("../../web/static/js/ring/clock.js");

test("the title says how many ring, and is plain again afterwards", () => {
  assert.equal(titleWith(2, "Gọi khẩn", "Hàng chờ"), "(2) Gọi khẩn – Hàng chờ");
  assert.equal(titleWith(0, "Gọi khẩn", "Hàng chờ"), "Hàng chờ");
});

test("only what was not there before is new", () => {
  assert.deepEqual(newIds(["a", "b"], new Set(["a"])), ["b"]);
});

test("the clock counts minutes and seconds", () => {
  assert.equal(clockText(42.7), "0:42");
  assert.equal(clockText(102), "1:42");
  assert.equal(clockText(-1), "0:00");
});

test("the dial is empty at the press and full when the time is over", () => {
  assert.equal(dash(90, 90), "0.0 340");
  assert.equal(dash(0, 90), "339.3 340");
  assert.equal(dash(45, 90), "169.7 340");
});
