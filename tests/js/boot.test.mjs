/** Names of modules and the text of a countdown. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { isModuleName } from "../../web/static/js/boot.js";
import { clockText } from "../../web/static/js/countdown.js";

test("only plain names are loaded as modules", () => {
  for (const name of ["tabs", "call/device", "copy-value"]) assert.equal(isModuleName(name), true, name);
  for (const name of ["", "../x", "/x", "https://x", "a/b/c", "x.js", "A"]) assert.equal(isModuleName(name), false, name);
});

test("a countdown reads as minutes and seconds", () => {
  assert.equal(clockText(252), "04:12");
  assert.equal(clockText(251.2), "04:12");
  assert.equal(clockText(0), "00:00");
  assert.equal(clockText(-3), "00:00");
});
