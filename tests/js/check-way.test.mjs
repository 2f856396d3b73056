/** Which way a check's connection takes at last. */
import assert from "node:assert/strict";
import test from "node:test";

import { isDirect } from "../../web/static/js/check/peer.js";

const pair = (id, local, remote) => ({
  id,
  type: "candidate-pair",
  nominated: true,
  state: "succeeded",
  localCandidateId: local,
  remoteCandidateId: remote,
});
const ENDS = [
  { id: "host", type: "local-candidate", candidateType: "host" },
  { id: "relay", type: "local-candidate", candidateType: "relay" },
  { id: "theirs", type: "remote-candidate", candidateType: "host" },
];
const PAIRS = [pair("relayed", "relay", "theirs"), pair("straight", "host", "theirs")];
const peer = (...stats) => ({ getStats: async () => new Map(stats.map((each) => [each.id, each])) });
const transport = (selectedCandidatePairId) => ({ id: "t", type: "transport", selectedCandidatePairId });

test("a connection that began through the relay and found the direct way is direct", async () => {
  assert.equal(await isDirect(peer(transport("straight"), ...PAIRS, ...ENDS)), true);
  assert.equal(await isDirect(peer(transport("relayed"), ...PAIRS.toReversed(), ...ENDS)), false);
});

test("where the browser does not say which way is used, the one that was agreed on counts", async () => {
  assert.equal(await isDirect(peer(PAIRS[1], ...ENDS)), true);
  assert.equal(await isDirect(peer(PAIRS[0], ...ENDS)), false);
  assert.equal(await isDirect(peer(...ENDS)), false);
});
