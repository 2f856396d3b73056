/** Names of modules, modules that come when something is used, and the text of a countdown. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { boot, isModuleName, provide } from "../../web/static/js/boot.js";
import { clockText } from "../../web/static/js/countdown.js";

test("only plain names are loaded as modules", () => {
  for (const name of ["dialog", "call/page", "after-saving"]) assert.equal(isModuleName(name), true, name);
  for (const name of ["", "../x", "/x", "https://x", "a/b/c", "x.js", "A"]) assert.equal(isModuleName(name), false, name);
});

/** An element whose module comes once it is used, with files chosen in it already. */
const forLater = (name, files) => ({
  dataset: { module: name, fetch: "touched" },
  matches: () => true,
  querySelectorAll: (what) => (what === "input[type=file]" ? [{ files }] : []),
  addEventListener() {},
});

test("what was chosen before anybody listened is no less a touch", async () => {
  const mounted = [];
  for (const [name, files] of [["chosen", ["photo.jpg"]], ["untouched", []]]) {
    provide(name, { mount: () => void mounted.push(name) });
    await boot(forLater(name, files));
  }
  await new Promise(setImmediate);
  assert.deepEqual(mounted, ["chosen"]);
});

test("a countdown reads as minutes and seconds", () => {
  assert.equal(clockText(252), "04:12");
  assert.equal(clockText(251.2), "04:12");
  assert.equal(clockText(0), "00:00");
  assert.equal(clockText(-3), "00:00");
});
