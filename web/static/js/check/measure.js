/** Measuring over the two channels of a check: `probe` loses packets, `bulk` does not. */
import { until } from "./peer.js";
import { Arrivals, Flow, lostOf, median } from "./stats.js";

// The same figures as signaling/media/limits.py.
const PROBES = 150;
const PROBE_BYTES = 160;
const SPACING_MS = 20;
const BURST_BYTES = 512_000;
const BURST_MS = 3000;
const CHUNK_BYTES = 4096;
const QUEUED_BYTES = 16_384;
const PINGS = 10;
const TOLD_MS = 20_000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What the peer tells next on `bulk`; null when it says nothing in time. */
async function told(bulk) {
  let words = null;
  await until(bulk, "message", ({ data }) => typeof data === "string" && (words = JSON.parse(data)), TOLD_MS);
  return words;
}

/** Round trips on the channel that loses packets. @param {RTCDataChannel} probe */
export async function measureRoundTrip(probe) {
  const took = [];
  for (let n = 0; n < PINGS; n += 1) {
    const sent = performance.now();
    probe.send(String(n));
    if (await until(probe, "message", ({ data }) => data === String(n), 2000)) took.push(performance.now() - sent);
  }
  return median(took);
}

/** Send a row of packets as sound is sent while the peer sends one too. */
export async function measureStream({ probe, bulk }) {
  const arrivals = new Arrivals(SPACING_MS);
  const take = ({ data }) => {
    if (typeof data !== "string") arrivals.note(new DataView(data).getUint16(0), performance.now());
  };
  probe.addEventListener("message", take);
  const answer = told(bulk);
  bulk.send("stream");
  const started = performance.now();
  for (let number = 0; number < PROBES; number += 1) {
    const packet = new DataView(new ArrayBuffer(PROBE_BYTES));
    packet.setUint16(0, number);
    probe.send(packet.buffer);
    await pause(started + (number + 1) * SPACING_MS - performance.now());
  }
  const counted = await answer;
  probe.removeEventListener("message", take);
  return {
    down_lost: arrivals.lost(PROBES),
    down_jitter_ms: Math.round(arrivals.jitter),
    up_lost: counted ? lostOf(counted.sent, counted.got) : null,
    up_jitter_ms: counted?.jitter_ms ?? null,
  };
}

/** How fast the line carries from here. @param {RTCDataChannel} bulk */
export async function measureUp(bulk) {
  bulk.send("up");
  const started = performance.now();
  for (let sent = 0; sent < BURST_BYTES && performance.now() - started < BURST_MS; ) {
    if (bulk.bufferedAmount > QUEUED_BYTES) await pause(5);
    else {
      bulk.send(new ArrayBuffer(CHUNK_BYTES));
      sent += CHUNK_BYTES;
    }
  }
  const answer = told(bulk);
  bulk.send("up_end");
  return (await answer)?.up_kbps ?? null;
}

/** How fast the line carries to here. @param {RTCDataChannel} bulk */
export async function measureDown(bulk) {
  const flow = new Flow();
  const take = ({ data }) => {
    if (typeof data !== "string") flow.note(data.byteLength, performance.now());
  };
  bulk.addEventListener("message", take);
  const answer = told(bulk);
  bulk.send("down");
  await answer;
  bulk.removeEventListener("message", take);
  return flow.kbps;
}
