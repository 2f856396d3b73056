/** Opening devices in spite of refusals, the order of codecs, the wishes in SDP, reports of quality. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { openMedia, reasonOf } from "../../web/static/js/call/media.js";
import { summarise } from "../../web/static/js/call/quality.js";
import { LADDER, preferred, withOpusWishes } from "../../web/static/js/call/senders.js";

const BOTH = { audio: true, video: true };

/** Devices of which some refuse. */
function devices(refusals) {
  const asked = [];
  return {
    asked,
    async getUserMedia({ audio, video }) {
      asked.push([audio && "audio", video && "video"].filter(Boolean).join("+"));
      for (const [kind, wanted] of [["audio", audio], ["video", video]]) {
        if (wanted && refusals[kind]) throw Object.assign(new Error(kind), { name: refusals[kind] });
      }
      const tracks = [audio && { kind: "audio" }, video && { kind: "video" }].filter(Boolean);
      return { getTracks: () => tracks };
    },
  };
}

test("both are asked for together, so that the person is asked once", async () => {
  const all = devices({});
  const { tracks, problems } = await openMedia(BOTH, all);
  assert.deepEqual([tracks.audio.kind, tracks.video.kind, problems], ["audio", "video", {}]);
  assert.deepEqual(all.asked, ["audio+video"]);
});

test("a missing camera leaves the microphone", async () => {
  const { tracks, problems } = await openMedia(BOTH, devices({ video: "NotFoundError" }));
  assert.deepEqual([tracks.audio.kind, tracks.video, problems], ["audio", null, { video: "missing" }]);
});

test("a refusal of both says so for both", async () => {
  const denied = { audio: "NotAllowedError", video: "NotAllowedError" };
  const { tracks, problems } = await openMedia(BOTH, devices(denied));
  assert.deepEqual([tracks, problems], [{ audio: null, video: null }, { audio: "denied", video: "denied" }]);
});

test("a phone beside the laptop asks for its camera only", async () => {
  const all = devices({});
  await openMedia({ audio: false, video: true, facing: "environment" }, all);
  assert.deepEqual(all.asked, ["video"]);
});

test("a browser without devices says so", async () => {
  assert.deepEqual((await openMedia(BOTH, {})).problems, { audio: "unsupported", video: "unsupported" });
});

test("reasons are few and known", () => {
  assert.equal(reasonOf({ name: "NotReadableError" }), "busy");
  assert.equal(reasonOf({ name: "OverconstrainedError" }), "missing");
  assert.equal(reasonOf(new Error("?")), "busy");
});

test("redundancy comes before Opus, Opus before the rest, whose order stays", () => {
  const codecs = ["audio/opus", "audio/G722", "audio/red", "audio/PCMU"].map((mimeType) => ({ mimeType }));
  assert.deepEqual(preferred(codecs).map((codec) => codec.mimeType), [
    "audio/red",
    "audio/opus",
    "audio/G722",
    "audio/PCMU",
  ]);
});

test("silence suppression is wished for once, in the settings of Opus only", () => {
  const sdp = "a=rtpmap:111 opus/48000/2\r\na=fmtp:63 111/111\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n";
  const wished = withOpusWishes(sdp);
  assert.match(wished, /a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n/);
  assert.match(wished, /a=fmtp:63 111\/111\r\n/);
  assert.equal(withOpusWishes(wished), wished);
  assert.equal(withOpusWishes("v=0\r\n"), "v=0\r\n");
});

test("each step of the ladder carries less than the one above", () => {
  const rates = ["high", "medium", "low"].map((level) => LADDER[level].maxBitrate);
  assert.deepEqual(rates, [...rates].sort((a, b) => b - a));
  assert.equal(LADDER.audio.active, false);
});

test("the worst line is reported, and nothing where the browser is silent", () => {
  const pair = (kbps, rtt) => ({
    type: "candidate-pair",
    nominated: true,
    state: "succeeded",
    availableOutgoingBitrate: kbps * 1000,
    currentRoundTripTime: rtt,
  });
  const loss = (fractionLost) => ({ type: "remote-inbound-rtp", kind: "audio", fractionLost });
  assert.deepEqual(summarise([[pair(300, 0.12), loss(0.01)], [pair(210.55, 0.32), loss(0.045)]]), {
    outgoing_kbps: 210.6,
    rtt_ms: 320,
    loss_percent: 4.5,
  });
  assert.deepEqual(summarise([[{ type: "candidate-pair", nominated: false }]]), {
    outgoing_kbps: null,
    rtt_ms: null,
    loss_percent: null,
  });
});
