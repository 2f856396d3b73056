/** What getStats() says of the way to one peer: for the ladder, the watch, and the server. */

/**
 * @typedef {object} Reading
 * @property {number | null} kbps what the browser thinks the way out carries
 * @property {number | null} rtt in ms
 * @property {number | null} loss of our voice, in percent
 * @property {number} arrived bytes of anything, so far
 * @property {{packets: number, played: number, energy: number | null}} voice theirs: arrived, samples of it handed to the
 *   loudspeaker, and how loud they were in sum; null where the browser cannot tell
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
    voice: { packets: voice.packetsReceived ?? 0, played: playedOf(voice), energy: voice.totalAudioEnergy ?? null },
    picture: { packets: picture.packetsReceived ?? 0, decoded: picture.framesDecoded ?? 0 },
  };
}

/** Samples that were sent to us; those a browser invents to fill a gap sound as well, and are none. */
const playedOf = ({ totalSamplesReceived, concealedSamples = 0, packetsReceived = 0 }) =>
  totalSamplesReceived === undefined ? packetsReceived : totalSamplesReceived - concealedSamples;

/** The pair in use; after a restart an older one may still count as nominated. */
function selected(all) {
  const id = all.find((each) => each.type === "transport")?.selectedCandidatePairId;
  const isUsed = (each) => (id ? each.id === id : each.nominated && each.state === "succeeded");
  return all.find((each) => each.type === "candidate-pair" && isUsed(each)) ?? {};
}

const rounded = (value, factor) => (Number.isFinite(value) ? Math.round(value * factor * 10) / 10 : null);
