/** One peer as the call's page holds it, over fakes and under a clock the test moves. */
import { mock } from "node:test";

import { PeerLink } from "../../../web/static/js/call/peer.js";
import * as pilot from "../../../web/static/js/call/pilot.js";
import { install } from "./peers.mjs";

export const AUDIO = { kind: "audio" };

export function linked(context, { offers = true, state = "present", online = true, ready = true } = {}) {
  install();
  mock.timers.enable({ apis: ["setTimeout"] });
  const said = [];
  const peer = { id: "p", offers, state };
  const world = { online, ready, streams: 0, moves: 0, said, peer, tracks: { audio: AUDIO, video: null } };
  world.link = new PeerLink(peer, {
    say: (message) => said.push(message),
    tracks: () => world.tracks,
    ways: () => ({ iceServers: [] }),
    isOnline: () => world.online,
    isRelayReady: () => world.ready,
    onStream: () => (world.streams += 1),
    onIce: () => undefined,
    onStep: () => undefined,
    fetchPilot: async () => pilot,
    onMoving: () => (world.moves += 1),
    best: () => "high",
    shown: () => 0,
  });
  context.after(() => {
    world.link.close();
    mock.timers.reset();
  });
  return world;
}
