/** While a call is on its line is not measured by another tab. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { keepLine } from "../../web/static/js/call/measured.js";
import { settle } from "./support/peers.mjs";

const browser = (navigator) =>
  Object.defineProperty(globalThis, "navigator", { configurable: true, writable: true, value: navigator });

test("the lock of the check is held until the page ends, even where it came late", async () => {
  const held = [];
  const locks = { request: (name, hold) => held.push([name, hold]) };
  browser({ locks });
  const end = keepLine();
  let isFree = false;
  held[0][1]().then(() => (isFree = true));
  await settle();
  assert.deepEqual([held[0][0], isFree], ["line-check", false]);
  end();
  await settle();
  assert.equal(isFree, true);

  keepLine()();
  await held[1][1](); // given after the page ended: given back at once
});

test("a browser without locks goes on without", () => {
  browser({});
  keepLine()();
});
