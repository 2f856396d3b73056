/** What a call needs besides a picture leaves the line to the first one, and comes all the same where none does. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Pilot } from "../../web/static/js/call/pilot.js";
import { settling } from "../../web/static/js/call/later.js";
import "../../web/static/js/call/during.js"; // at hand: a busy machine may take its time to read it
import { settle as soon } from "./support/peers.mjs";

/** A call as far as its rest is concerned; `come` resolves when all that was begun has come. */
function call(context) {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  context.after(() => mock.timers.reset());
  const form = Object.assign(new EventTarget(), { onsubmit: null, sent: [] });
  form.dispatchEvent = (event) => form.onsubmit(event);
  const root = Object.assign(new EventTarget(), {
    querySelector: (name) => (name === '[data-part="say"]' ? form : { onsubmit: null }),
  });
  const told = [];
  root.addEventListener("settled", () => told.push("settled"));
  const list = new EventTarget();
  const live = { root, say: () => undefined, setup: { words: {} }, mesh: { links: new Map() }, tiles: { paintVoices: () => undefined }, timers: [] };
  live.isClosed = false;
  live.take = ({ Pilot: steers, chat }) => {
    Object.assign(live, { chat, steers });
    form.onsubmit = (event) => form.sent.push(event.type);
  };
  const settle = settling(live, list);
  const come = async () => {
    for (let n = 0; n < 50 && !told.length; n += 1) await new Promise(setImmediate);
    await soon();
  };
  return { live, list, form, told, settle, come };
}

test("until there is a picture nothing is fetched, with it all is", async (context) => {
  const { live, list, told, come } = call(context);
  mock.timers.tick(2999);
  await come();
  assert.deepEqual([live.chat, told], [undefined, []]);
  list.dispatchEvent(new Event("loadeddata"));
  await come();
  assert.equal(live.steers, Pilot);
  assert.deepEqual(told, ["settled"]);
});

test("a line that shows no picture is steered after three seconds", async (context) => {
  const { live, come } = call(context);
  mock.timers.tick(3000);
  await come();
  assert.equal(live.steers, Pilot);
});

test("where nobody is there none is waited for, and it is fetched once", async (context) => {
  const { live, told, settle, come } = call(context);
  const all = Promise.all([settle(), settle()]);
  await come();
  assert.deepEqual(await all, [true, true]);
  mock.timers.tick(3000);
  await soon();
  assert.equal(live.steers, Pilot);
  assert.deepEqual(told, ["settled"]);
});

test("what was written before the chat has come is sent as soon as it has", async (context) => {
  const { form, come } = call(context);
  const written = new Event("submit", { cancelable: true });
  form.dispatchEvent(written);
  assert.ok(written.defaultPrevented, "the browser would leave the call");
  await come();
  assert.deepEqual(form.sent, ["submit"]);
});

test("a call that ended meanwhile takes nothing more", async (context) => {
  const { live, settle, come } = call(context);
  live.isClosed = true;
  const answer = settle();
  await come();
  assert.equal(await answer, false);
  assert.equal(live.steers, undefined);
});
