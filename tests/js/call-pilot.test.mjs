/** What a browser's estimate is worth: of a voice alone it never tells what the line would carry. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { AUDIO, linked } from "./support/linked.mjs";
import { made, settle } from "./support/peers.mjs";

const SEVERAL = 4; // looks

/** A link that has been up for a while: `look` tells its pilot figures again and again, and returns the level. */
async function up(context) {
  const world = linked(context);
  await settle();
  made[0].ice("connected");
  await settle();
  let bytes = 0;
  const look = async (kbps, rtt = 0.05) => {
    for (let n = 0; n < SEVERAL; n += 1) {
      bytes += 1000;
      const figures = { availableOutgoingBitrate: kbps * 1000, currentRoundTripTime: rtt, bytesReceived: bytes };
      made[0].stats = [["p", { type: "candidate-pair", nominated: true, state: "succeeded", ...figures }]];
      mock.timers.tick(1000);
      await settle();
      await settle();
    }
    return world.link.pilot.state.level;
  };
  const age = () => (world.link.pilot.state.at = performance.now() - 7000);
  const camera = async (track) => {
    world.tracks = { audio: AUDIO, video: track };
    world.link.negotiation.changeTracks();
    await settle();
  };
  return { look, age, camera, world };
}

test("it measures over a channel that both sides make alike, anew with each connection", async (context) => {
  const { look, world } = await up(context);
  await look(500);
  const { pilot, negotiation } = world.link;
  const first = pilot.gauge.channel;
  assert.deepEqual([first.name, first.how], ["gauge", { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 }]);
  world.link.mend("renew");
  made[1].ice("connected");
  await look(500);
  assert.notEqual(pilot.gauge.channel, first);
  assert.equal(pilot.gauge.channel, negotiation.channel);
});

test("with the camera off an estimate that only follows the voice is no word of the line", async (context) => {
  const { look, age, camera } = await up(context);
  age();
  assert.equal(await look(142), "high");
  await camera({ kind: "video" });
  assert.equal(await look(142), "high", "and not at once when it is on: it has yet to follow the picture");
  age();
  assert.equal(await look(142), "medium");
});

test("with the camera off a line that hardly carries the voice gets a thin one all the same", async (context) => {
  const { look, age } = await up(context);
  age();
  assert.equal(await look(142), "high");
  assert.equal(await look(90, 0.6), "stills");
});
