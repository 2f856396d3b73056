/** The connection of a check: which ways through the relay are open, then one to measure over. */
import { waysOf } from "./stats.js";

const GATHER_MS = 10_000;
const CONNECT_MS = 15_000;

/** Wait for `ready` on every `event` of `target`, for so long at most. @returns {Promise<boolean>} */
export function until(target, event, ready, within) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(false), within);
    const look = (what) => ready(what) && done(true);
    function done(value) {
      clearTimeout(timer);
      target.removeEventListener(event, look);
      resolve(value);
    }
    target.addEventListener(event, look);
    if (ready({})) done(true);
  });
}

/**
 * Ask for a port through each way by itself, one after the other: the relay gives one person few at a time.
 * @param {RTCIceServer[]} servers
 * @returns {Promise<Record<"udp" | "tcp" | "tls", "ok" | "failed" | "absent">>}
 */
export async function tryRelay(servers) {
  const ways = waysOf(servers);
  const found = { udp: "absent", tcp: "absent", tls: "absent" };
  for (const [way, server] of Object.entries(ways)) found[way] = (await opens(server)) ? "ok" : "failed";
  return found;
}

async function opens(server) {
  const peer = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: "relay" });
  let isOpen = false;
  peer.onicecandidate = ({ candidate }) => {
    isOpen = isOpen || candidate?.type === "relay" || / typ relay /.test(candidate?.candidate ?? "");
  };
  peer.createDataChannel("way");
  try {
    await peer.setLocalDescription(await peer.createOffer());
    await until(peer, "icegatheringstatechange", () => isOpen || peer.iceGatheringState === "complete", GATHER_MS);
  } finally {
    peer.close();
  }
  return isOpen;
}

/**
 * Connect to the checking peer; directly where that works, else through the first way of the relay that is open.
 * @param {import("./socket.js").CheckSocket} socket
 * @param {Record<string, string>} open what `tryRelay` found
 * @param {(before: number) => void} onQueued
 */
export async function connect(socket, open, onQueued) {
  const ways = waysOf(socket.servers);
  const way = ["udp", "tcp", "tls"].find((each) => open[each] === "ok");
  const peer = new RTCPeerConnection({ iceServers: way ? [ways[way]] : [] });
  const probe = peer.createDataChannel("probe", { ordered: false, maxRetransmits: 0 });
  const bulk = peer.createDataChannel("bulk");
  probe.binaryType = bulk.binaryType = "arraybuffer";
  try {
    await peer.setLocalDescription(await peer.createOffer());
    await until(peer, "icegatheringstatechange", () => peer.iceGatheringState === "complete", GATHER_MS);
    const sdp = await socket.offer(peer.localDescription.sdp, onQueued);
    await peer.setRemoteDescription({ type: "answer", sdp });
    const isOpen = await until(bulk, "open", () => bulk.readyState === "open", CONNECT_MS);
    await until(probe, "open", () => probe.readyState === "open", isOpen ? CONNECT_MS : 0);
    return { peer, probe, bulk, isOpen };
  } catch (refusal) {
    peer.close();
    throw refusal;
  }
}

/** Whether what flows takes the direct way, without the relay. @param {RTCPeerConnection} peer */
export async function isDirect(peer) {
  const stats = [...(await peer.getStats()).values()];
  const id = stats.find((each) => each.selectedCandidatePairId)?.selectedCandidatePairId;
  const pair = stats.find((each) => (id ? each.id === id : each.nominated && each.state === "succeeded")); // others were
  const ends = stats.filter((each) => [pair?.localCandidateId, pair?.remoteCandidateId].includes(each.id));
  return ends.length === 2 && ends.every((each) => each.candidateType !== "relay");
}
