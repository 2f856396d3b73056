/** Nobody looks for a way with credentials of the relay that are about to end. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { RELAY_SECONDS } from "../../web/static/js/call/protocol.js";
import { Relay } from "../../web/static/js/call/relay.js";
import { linked } from "./support/linked.mjs";
import { made, settle } from "./support/peers.mjs";

const SECRET = Object.freeze([{ urls: ["turn:relay"], username: "1:p", credential: "x" }]);
const LIFE = RELAY_SECONDS * 1000;

function relayed(context, servers = SECRET) {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_790_000_000_000 });
  context.after(() => mock.timers.reset());
  const world = { asked: 0, readied: 0 };
  world.relay = new Relay(
    () => (world.asked += 1),
    () => (world.readied += 1),
  );
  world.relay.take(servers);
  return world;
}

test("young credentials do, and so does having none", (context) => {
  const { relay, asked } = relayed(context);
  mock.timers.tick(LIFE / 2);
  assert.ok(relay.isReady());
  relay.take([{ urls: ["stun:relay"] }]);
  mock.timers.tick(2 * LIFE);
  assert.ok(relay.isReady());
  assert.equal(asked, 0);
});

test("old ones are asked for anew, once, and a way is looked for when they are here", (context) => {
  const world = relayed(context);
  mock.timers.tick(LIFE * 0.8);
  assert.ok(!world.relay.isReady());
  assert.ok(!world.relay.isReady());
  assert.deepEqual([world.asked, world.readied], [1, 0]);
  assert.ok(world.relay.take([...SECRET]));
  world.relay.arrived();
  assert.equal(world.readied, 1);
  assert.ok(world.relay.isReady());
  mock.timers.tick(LIFE / 2);
  assert.deepEqual([world.asked, world.readied], [1, 1]);
});

test("where none come, those at hand are tried after a moment, and others asked for again later", (context) => {
  const world = relayed(context);
  mock.timers.tick(2 * LIFE);
  assert.ok(!world.relay.isReady());
  mock.timers.tick(699);
  assert.equal(world.readied, 0);
  mock.timers.tick(1);
  assert.equal(world.readied, 1);
  assert.ok(world.relay.isReady());
  mock.timers.tick(30_000);
  assert.ok(!world.relay.isReady());
  assert.equal(world.asked, 2);
});

test("credentials that come unasked make nobody look", (context) => {
  const world = relayed(context);
  assert.ok(!world.relay.take(SECRET));
  world.relay.arrived();
  mock.timers.tick(1000);
  assert.equal(world.readied, 0);
});

test("a restart that was put off is made when the relay is ready, if it is still due", async (context) => {
  const world = linked(context);
  const { link, said } = world;
  await settle();
  made[0].ice("connected");
  world.ready = false;
  made[0].ice("failed");
  await settle();
  assert.equal(said.length, 1);
  world.ready = true;
  link.again();
  await settle();
  assert.match(said[1].sdp, /restart/);
  assert.equal(said[1].connection, said[0].connection);

  made[0].ice("connected");
  world.ready = false;
  made[0].ice("failed");
  made[0].ice("connected");
  world.ready = true;
  link.again();
  await settle();
  assert.equal(said.length, 2);
});

test("so is the mending of a connection that says it is up", async (context) => {
  const world = linked(context);
  const { link, said } = world;
  await settle();
  made[0].ice("connected");
  world.ready = false;
  link.mend("restart");
  await settle();
  assert.equal(said.length, 1);
  world.ready = true;
  link.again();
  await settle();
  assert.match(said[1].sdp, /restart/);
  link.again();
  await settle();
  assert.equal(said.length, 2);
});
