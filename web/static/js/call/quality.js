/** What getStats() says of the way to one peer: for the ladder, the watch, and the server. */

/**
 * @typedef {object} Reading
 * @property {number | null} kbps what the browser thinks the way out carries
 * @property {number | null} rtt in ms
 * @property {number | null} loss of our voice, in percent
 * @property {number} arrived bytes of anything, so far
 * @property {{packets: number, played: number}} voice theirs: arrived, and samples handed to the loudspeaker
 * @property {{packets: number, decoded: number}} picture theirs: arrived, and decoded
 */

/** @param {Iterable<any>} stats the report of one connection @returns {Reading} */
export function read(stats) {
  const all = [...stats];
  const of = (type, kind) => all.find((each) => each.type === type && each.kind === kind) ?? {};
  const pair = selected(all);
  const [voice, picture] = [of("inbound-rtp", "audio"), of("inbound-rtp", "video")];
  const loss = of("remote-inbound-rtp", "audio").fractionLost;
  return {
    kbps: rounded(pair.availableOutgoingBitrate, 1 / 1000),
    rtt: rounded(pair.currentRoundTripTime, 1000),
    loss: rounded(Math.min(1, Math.max(0, loss)), 100),
    arrived: pair.bytesReceived ?? 0,
    voice: { packets: voice.packetsReceived ?? 0, played: voice.totalSamplesReceived ?? voice.packetsReceived ?? 0 },
    picture: { packets: picture.packetsReceived ?? 0, decoded: picture.framesDecoded ?? 0 },
  };
}

/** The pair in use; after a restart an older one may still count as nominated. */
function selected(all) {
  const id = all.find((each) => each.type === "transport")?.selectedCandidatePairId;
  const isUsed = (each) => (id ? each.id === id : each.nominated && each.state === "succeeded");
  return all.find((each) => each.type === "candidate-pair" && isUsed(each)) ?? {};
}

/** How loud somebody's voice arrives now, 0 to 1. @param {RTCPeerConnection} pc */
export function loudness(pc) {
  const audio = pc.getReceivers().find((each) => each.track.kind === "audio");
  return audio?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
}

const rounded = (value, factor) => (Number.isFinite(value) ? Math.round(value * factor * 10) / 10 : null);
