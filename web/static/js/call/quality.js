/** What getStats() says of our own line, for the server, which decides how much it should carry. */

/**
 * @typedef {{outgoing_kbps: number | null, rtt_ms: number | null, loss_percent: number | null}} Report
 */

/**
 * The worst line counts: with several peers all share the same uplink.
 * @param {readonly Iterable<any>[]} reports the stats of each connection
 * @returns {Report}
 */
export function summarise(reports) {
  const pairs = [];
  const losses = [];
  for (const stats of reports) {
    for (const each of stats) {
      if (each.type === "candidate-pair" && each.nominated && each.state === "succeeded") pairs.push(each);
      if (each.type === "remote-inbound-rtp" && each.kind === "audio") losses.push(each.fractionLost);
    }
  }
  const smallest = least(pairs.map((pair) => pair.availableOutgoingBitrate));
  const slowest = greatest(pairs.map((pair) => pair.currentRoundTripTime));
  const worst = greatest(losses);
  return {
    outgoing_kbps: smallest === null ? null : round(smallest / 1000),
    rtt_ms: slowest === null ? null : round(slowest * 1000),
    loss_percent: worst === null ? null : round(Math.min(1, Math.max(0, worst)) * 100),
  };
}

/** Read all connections. @param {readonly RTCPeerConnection[]} connections @returns {Promise<Report>} */
export async function measure(connections) {
  const reports = await Promise.all(connections.map((pc) => pc.getStats()));
  return summarise(reports.map((report) => [...report.values()]));
}

/** How loud somebody's voice arrives now, 0 to 1. @param {RTCPeerConnection} pc */
export function loudness(pc) {
  const audio = pc.getReceivers().find((each) => each.track.kind === "audio");
  return audio?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
}

const known = (values) => values.filter((value) => Number.isFinite(value));
const least = (values) => (known(values).length ? Math.min(...known(values)) : null);
const greatest = (values) => (known(values).length ? Math.max(...known(values)) : null);
const round = (value) => Math.round(value * 10) / 10;
