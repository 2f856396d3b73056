/**
 * How audio and video leave: sound first, doubled against loss; picture small and capped.
 *
 * Opus with redundancy (RED) hides nearly all audible loss up to 10 % for some 25 kbps more. The cap is
 * 32 kbps: at 24 with RED one side was measured to stay at 6 kbps; so was networkPriority, hence unset.
 */

import { isThin } from "./levels.js";

const VOICE = { high: 32_000, medium: 24_000, low: 24_000 };
const THIN_VOICE = 16_000;

/**
 * The picture at each level of the ladder. Where bits are short it gets coarser, not slower: with "balanced" a
 * line of 300 kbps with 5 % loss showed 8 to 9 pictures a second, so it shows 11. Stills are a picture a second,
 * sharp for their size: measured at some 30 kbps, and the browser goes on learning what the line carries.
 */
const PICTURE = Object.freeze({
  high: { active: true, maxBitrate: 400_000, maxFramerate: 15, scaleResolutionDownBy: 1 },
  medium: { active: true, maxBitrate: 150_000, maxFramerate: 12, scaleResolutionDownBy: 1.33 },
  low: { active: true, maxBitrate: 60_000, maxFramerate: 6, scaleResolutionDownBy: 2 },
  stills: { active: true, maxBitrate: 30_000, maxFramerate: 1, scaleResolutionDownBy: 2 },
});

/** Few, large pictures: a screen, a wound, the paper of an ECG. What is short then is their number, not their size. */
const DETAIL = { maxFramerate: 5, scaleResolutionDownBy: 1 };
const DETAIL_BITRATE = 600_000; // at the highest level

/**
 * What a picture's encoding is set to.
 * @param {string} level @param {boolean} isDetailed
 */
export function pictureAt(level, isDetailed) {
  const usual = PICTURE[level] ?? { ...PICTURE.stills, active: false };
  if (!isDetailed || !usual.active) return usual;
  const maxBitrate = usual === PICTURE.high ? DETAIL_BITRATE : usual.maxBitrate;
  return { ...usual, ...DETAIL, maxBitrate, maxFramerate: Math.min(DETAIL.maxFramerate, usual.maxFramerate) };
}

/** How many bits a second the voice may take. @param {string} level */
export const voiceAt = (level) => (isThin(level) ? THIN_VOICE : VOICE[level]);

/**
 * Codecs in our order: redundancy, then Opus, then whatever else was offered.
 * @param {readonly {mimeType: string}[]} codecs
 */
export function preferred(codecs) {
  const rank = (codec) => ["audio/opus", "audio/red"].indexOf(codec.mimeType.toLowerCase());
  return [...codecs].sort((a, b) => rank(b) - rank(a));
}

/** Put RED and Opus first, where the browser lets us choose. @param {RTCPeerConnection} pc */
export function preferRedundancy(pc) {
  const codecs = RTCRtpReceiver.getCapabilities?.("audio")?.codecs;
  if (!codecs) return;
  for (const each of pc.getTransceivers()) {
    if (each.receiver.track.kind === "audio") each.setCodecPreferences?.(preferred(codecs));
  }
}

/**
 * Ask the other side for silence suppression and in-band FEC: a codec's settings in SDP are wishes of
 * whoever receives, so they go into the text we send, never into our own description.
 * @param {string} sdp
 */
export function withOpusWishes(sdp) {
  const payload = /a=rtpmap:(\d+) opus\/48000/i.exec(sdp)?.[1];
  if (!payload) return sdp;
  return sdp.replace(new RegExp(`a=fmtp:${payload} (.*)`), (line, settings) =>
    settings.includes("usedtx") ? line : `a=fmtp:${payload} ${settings};usedtx=1`,
  );
}

/** Let the voice follow a level. @param {RTCRtpSender} sender @param {string} level */
export const capAudio = (sender, level) => encode(sender, { maxBitrate: voiceAt(level) });

/** Let the picture follow a level. @param {RTCRtpSender} sender @param {string} level */
export function capVideo(sender, level) {
  const isDetail = sender.track?.contentHint === "detail"; // read rather than watched
  return encode(sender, pictureAt(level, isDetail), {
    degradationPreference: isDetail ? "maintain-resolution" : "maintain-framerate",
  });
}

/** @param {RTCRtpSender} sender @param {object} settings @param {object} [general] */
async function encode(sender, settings, general = {}) {
  const parameters = sender.getParameters();
  if (!parameters.encodings?.length) return; // not negotiated yet
  Object.assign(parameters, general);
  Object.assign(parameters.encodings[0], settings);
  await sender.setParameters(parameters);
}
