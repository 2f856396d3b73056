/** Opening devices in spite of refusals, the order of codecs, what senders are set to, what statistics say. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { openMedia, reasonOf } from "../../web/static/js/call/media.js";
import { read } from "../../web/static/js/call/quality.js";
import { pictureAt, preferred, voiceAt, withOpusWishes } from "../../web/static/js/call/senders.js";

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
  const rates = ["high", "medium", "low", "stills"].map((level) => pictureAt(level, false).maxBitrate);
  assert.deepEqual(rates, [...new Set(rates)].sort((a, b) => b - a));
  assert.deepEqual(["audio", "phone"].map((level) => pictureAt(level, false).active), [false, false]);
  const voices = ["high", "medium", "low", "stills", "audio", "phone"].map(voiceAt);
  assert.deepEqual(voices, [...voices].sort((a, b) => b - a));
  assert.ok(Math.min(...voices) >= 16_000);
});

test("detail is size before motion, never more bits than the line's level but at the highest", () => {
  const sharp = pictureAt("high", true);
  assert.deepEqual([sharp.maxFramerate, sharp.scaleResolutionDownBy], [5, 1]);
  assert.equal(pictureAt("low", true).maxBitrate, pictureAt("low", false).maxBitrate);
  assert.equal(pictureAt("stills", true).maxFramerate, 1);
  assert.equal(pictureAt("audio", true).active, false);
});

const PAIR = { type: "candidate-pair", nominated: true, state: "succeeded" };
const stats = (...more) => [
  { ...PAIR, id: "old", availableOutgoingBitrate: 9000, currentRoundTripTime: 3, bytesReceived: 1 },
  { ...PAIR, id: "new", availableOutgoingBitrate: 210_550, currentRoundTripTime: 0.32, bytesReceived: 77 },
  { type: "remote-inbound-rtp", kind: "audio", fractionLost: 0.045 },
  ...more,
];

test("the pair in use is read, not one from before a restart", () => {
  const reading = read(stats({ type: "transport", selectedCandidatePairId: "new" }));
  assert.deepEqual([reading.kbps, reading.rtt, reading.loss, reading.arrived], [210.6, 320, 4.5, 77]);
});

test("where no pair is named the nominated one is read, and null where the browser is silent", () => {
  assert.equal(read(stats().slice(1)).kbps, 210.6);
  const silent = read([{ type: "candidate-pair", nominated: false }]);
  assert.deepEqual([silent.kbps, silent.rtt, silent.loss, silent.arrived], [null, null, null, 0]);
});

test("what arrives is counted apart: packets, and what became of them", () => {
  const voice = { type: "inbound-rtp", kind: "audio", packetsReceived: 50, totalSamplesReceived: 48_000, concealedSamples: 8000 };
  const picture = { type: "inbound-rtp", kind: "video", packetsReceived: 40, framesDecoded: 15 };
  const reading = read([voice, picture]);
  assert.deepEqual(reading.voice, { packets: 50, played: 40_000, energy: null }, "what was invented does not count");
  assert.deepEqual(reading.picture, { packets: 40, decoded: 15 });
});
