/** Files on their way keep the page open, until they are there or somebody insists. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Sending } from "../../web/static/js/upload/sender.js";
import { letGo, note, unsent } from "../../web/static/js/upload/unsent.js";

const page = new EventTarget();
for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) globalThis[name] = page[name].bind(page);
globalThis.window = globalThis;

/** Whether a page that is left now would ask. */
function asks() {
  const event = new Event("beforeunload", { cancelable: true });
  Object.defineProperty(event, "returnValue", { writable: true, value: true });
  page.dispatchEvent(event);
  return event.defaultPrevented;
}

test("a page asks while something is on its way, and tells each step", () => {
  const steps = [];
  page.addEventListener("unsent", () => steps.push(unsent()));
  assert.equal(asks(), false);
  note("a", 0);
  note("b", 40);
  assert.equal(asks(), true);
  note("a", null);
  note("b", 80);
  note("b", null);
  assert.equal(asks(), false);
  assert.deepEqual(steps.map((each) => [each.count, each.percent]), [[1, 0], [2, 0], [1, 40], [1, 80], [0, 100]]);
});

test("whoever leaves all the same is not asked", () => {
  note("a", 10);
  letGo();
  assert.equal(asks(), false);
  note("a", null);
});

test("a file counts from its choice until the server has it or has refused it", async () => {
  const sizesOf = async (file) => ({ full: file, preview: null });
  const ways = { announceUrl: "/a", uploadUrl: "/u/", attachUrl: "/v", headers: () => ({}), sizesOf };
  let answer = null;
  globalThis.fetch = () => new Promise((resolve) => (answer = resolve));
  const over = new Promise((resolve) => {
    new Sending(new Blob(["photo"]), ways, {}, (step) => step.state === "failed" && resolve());
  });
  assert.equal(unsent().count, 1);
  while (!answer) await new Promise(setImmediate);
  assert.equal(asks(), true);
  answer(new Response('{"code": "no"}', { status: 422, headers: { "content-type": "application/json" } }));
  await over;
  await new Promise(setImmediate);
  assert.equal(unsent().count, 0);
});
