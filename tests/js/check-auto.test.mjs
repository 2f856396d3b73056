/** An open page checks the line by itself: at its time, once, and not while another tab does. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { mount } from "../../web/static/js/check/auto.js";
import { settle } from "./support/peers.mjs";

/** A page whose check is refused at once; counts how often one is begun. */
function page(context, { isHidden = false, lock = {} } = {}) {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { fetch } = globalThis;
  const world = { begun: [], asked: [], wakes: [], document: { hidden: isHidden } };
  const { wakes } = world;
  world.document.addEventListener = (_name, run, how) => wakes.push({ run, how });
  world.document.removeEventListener = (_name, run) => wakes.splice(0, wakes.length, ...wakes.filter((each) => each.run !== run));
  const locks = {
    request: async (name, how, act) => {
      world.asked.push([name, how]);
      return act(lock);
    },
  };
  globalThis.document = world.document;
  Object.defineProperty(globalThis, "navigator", { configurable: true, writable: true, value: { locks } });
  globalThis.fetch = async (address, sent) => {
    world.begun.push([address, String(sent.body)]);
    throw new TypeError("no line");
  };
  context.after(() => {
    mock.timers.reset();
    globalThis.fetch = fetch;
  });
  world.dispose = mount({ dataset: { begin: "/lines/check", csrf: "proof", seconds: "90" } });
  return world;
}

const pass = (seconds) => {
  mock.timers.tick(seconds * 1000);
  return settle();
};

test("it checks at its time, once, and says that nobody asked for it", async (context) => {
  const world = page(context);
  await pass(89);
  assert.deepEqual(world.begun, []);
  await pass(1);
  assert.deepEqual(world.begun, [["/lines/check", "by_itself=on"]]);
  assert.deepEqual(world.asked, [["line-check", { ifAvailable: true }]]);
  await pass(600);
  assert.equal(world.begun.length, 1);
});

test("while another tab of the computer checks, this one does not", async (context) => {
  const world = page(context, { lock: null });
  await pass(90);
  assert.equal(world.asked.length, 1);
  assert.deepEqual(world.begun, []);
});

test("a hidden page checks once it is seen", async (context) => {
  const world = page(context, { isHidden: true });
  await pass(90);
  assert.deepEqual(world.begun, []);
  assert.deepEqual(world.wakes.map((each) => each.how), [{ once: true }]);
  world.wakes[0].run();
  await settle();
  assert.equal(world.begun.length, 1);
});

test("a page that is left checks nothing", async (context) => {
  const world = page(context);
  world.dispose();
  await pass(90);
  assert.deepEqual(world.begun, []);
});

test("a page that was hidden and is left waits for nothing", async (context) => {
  const world = page(context, { isHidden: true });
  await pass(90);
  assert.equal(world.wakes.length, 1);
  world.dispose();
  assert.deepEqual(world.wakes, []);
});
