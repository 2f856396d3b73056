/** What the page fetches late: tried again however often the link drops it, given up only where it is gone. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { insist } from "../../web/static/js/call/insist.js";
import { getTicket, poster } from "../../web/static/js/call/ticket.js";
import { settle } from "./support/peers.mjs";

const dropped = async () => {
  throw new TypeError("dropped");
};

test("a module is asked for again under another address, however often the link drops it", async (context) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  context.after(() => mock.timers.reset());
  const asked = [];
  const load = async (again) => {
    asked.push(again);
    return asked.length > 7 ? "module" : dropped();
  };
  const found = insist(load, async () => ({ status: asked.length === 2 ? 503 : 200 }));
  for (let i = 0; i < 7; i += 1) {
    await settle();
    mock.timers.tick(8000);
  }
  assert.equal(await found, "module");
  assert.deepEqual(asked.slice(0, 3), ["", "?1", "?2"]);
});

test("without a network it is not given up; a module the server has no longer is", async (context) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  context.after(() => mock.timers.reset());
  const answers = [dropped, dropped, async () => ({ status: 404 })];
  const found = insist(dropped, () => answers.shift()());
  const ended = assert.rejects(found, /dropped/);
  for (let i = 0; i < 3; i += 1) {
    await settle();
    mock.timers.tick(8000);
  }
  await ended;
  assert.equal(answers.length, 0);
});

test("a ticket that is not answered is given up, and asked for anew", async (context) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { fetch } = globalThis;
  context.after(() => {
    mock.timers.reset();
    globalThis.fetch = fetch;
  });
  globalThis.fetch = (_path, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const asked = getTicket({ post: poster("proof"), ticketUrl: "/t" });
  const ended = assert.rejects(asked, (error) => !error.final);
  mock.timers.tick(8000);
  await ended;
});
