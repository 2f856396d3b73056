/** One whole check, from the ticket to the verdict. */
import { measureDown, measureRoundTrip, measureStream, measureUp } from "./measure.js";
import { connect, isDirect, tryRelay } from "./peer.js";
import { post } from "./post.js";
import { CheckSocket, Refused } from "./socket.js";

/**
 * @typedef {object} Wish
 * @property {string} begin where a check begins
 * @property {string} csrf
 * @property {boolean} [byItself]
 * @property {() => Record<string, string>} [devices] how camera, microphone and loudspeaker answered so far
 * @property {(step: string, before?: number) => void} [tell]
 */

/** @param {Wish} wish @returns {Promise<any>} the verdict; rejects with Refused */
export async function runCheck({ begin, csrf, byItself, devices = () => ({}), tell = () => undefined }) {
  // What a page does by itself keeps nobody signed in.
  const headers = { "X-CSRF-Token": csrf, Accept: "application/json", ...(byItself && { "X-Live-Refresh": "0" }) };
  const begun = await post(begin, headers, byItself ? { by_itself: "on" } : {});
  const found = {};
  let refused = null;
  try {
    await look(begun, found, tell);
  } catch (error) {
    refused = error instanceof Refused ? error.message : "fault";
  }
  // A check that got no place, or whose ticket was too old, tells nothing about the line.
  if (refused?.startsWith("check-")) throw new Refused(refused);
  return post(begun.finishUrl, headers, { ...found, ...devices() });
}

async function look(begun, found, tell) {
  tell("socket");
  const socket = await CheckSocket.open(begun.socketUrl, begun.ticket);
  try {
    found.socket_ms = await socket.roundTrip();
    tell("relay");
    const open = await tryRelay(socket.servers);
    for (const [way, state] of Object.entries(open)) found[`relay_${way}`] = state;
    tell("queue", 0);
    const line = await connect(socket, open, (before) => tell("queue", before));
    try {
      await measure(line, found, tell);
    } finally {
      line.peer.close();
    }
  } finally {
    socket.close();
  }
}

async function measure(line, found, tell) {
  found.direct = "failed";
  if (!line.isOpen) return;
  tell("stream");
  found.rtt_ms = await measureRoundTrip(line.probe);
  Object.assign(found, await measureStream(line));
  tell("rate");
  found.up_kbps = await measureUp(line.bulk);
  found.down_kbps = await measureDown(line.bulk);
  // Asked at the end: a connection may begin through the relay and find the direct way a little later.
  if (await isDirect(line.peer)) found.direct = "ok";
}
