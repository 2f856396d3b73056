/** What the other side wrote, read so that little is sent; what we tell them stays as it is. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { asAnswer, shaped } from "../../web/static/js/call/shape.js";

const THEIRS = [
  "v=0",
  "a=group:BUNDLE 0 1 2",
  "m=audio 9 UDP/TLS/RTP/SAVPF 63 111 9",
  "a=mid:0",
  "a=setup:actpass",
  "a=sendrecv",
  "a=rtpmap:63 red/48000/2",
  "a=fmtp:63 111/111",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1",
  "a=rtpmap:9 G722/8000",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "a=mid:1",
  "a=sendrecv",
  "a=rtpmap:96 VP8/90000",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=mid:2",
  "",
].join("\r\n");

test("where all fits nothing is changed", () => {
  assert.equal(shaped(THEIRS, { isThin: false, hasPicture: true }), THEIRS);
});

test("a thin voice is Opus first, undoubled, in packets of 60 ms", () => {
  const thin = shaped(THEIRS, { isThin: true, hasPicture: true });
  assert.match(thin, /^m=audio 9 UDP\/TLS\/RTP\/SAVPF 111 9\r$/m);
  assert.doesNotMatch(thin, /:63 /);
  assert.match(thin, /a=rtpmap:9 G722\/8000\r\na=ptime:60\r\nm=video/);
  assert.match(thin, /a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n/);
  assert.match(thin, /m=video[^]*a=sendrecv/);
});

test("a side without redundancy keeps its order, and older packet times are replaced", () => {
  const single = THEIRS.replace("63 111 9", "111 9").replace(/a=\w+:63 .*\r\n/g, "");
  const plain = single.replace("a=mid:0", "a=mid:0\r\na=ptime:20\r\na=maxptime:40");
  const thin = shaped(plain, { isThin: true, hasPicture: true });
  assert.match(thin, /SAVPF 111 9\r$/m);
  assert.deepEqual(thin.match(/a=(max)?ptime:.*/g), ["a=ptime:60"]);
});

test("a side without Opus keeps its voice", () => {
  const old = THEIRS.replaceAll("opus", "speex");
  assert.equal(shaped(old, { isThin: true, hasPicture: true }), old);
});

test("without a picture they are read as wanting none, and the voice as it was", () => {
  const silent = shaped(THEIRS, { isThin: false, hasPicture: false });
  const [, audio, video, data] = silent.split(/(?=^m=)/m);
  assert.match(audio, /a=sendrecv/);
  assert.match(video, /a=sendonly/);
  assert.match(data, /webrtc-datachannel/);
  assert.match(shaped(silent.replace("a=sendonly", "a=recvonly"), { isThin: false, hasPicture: false }), /a=inactive/);
});

test("an offer we answered reads as an answer: its side of the encryption is decided", () => {
  assert.match(asAnswer(THEIRS), /a=setup:passive\r\n/);
  assert.equal(asAnswer(asAnswer(THEIRS)), asAnswer(THEIRS));
});
