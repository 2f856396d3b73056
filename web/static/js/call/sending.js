/** What goes out over a connection: which tracks, how much of them at a level, and how we read the other side. */
import { hasPicture, isThin } from "./levels.js";
import { capAudio, capVideo, preferRedundancy } from "./senders.js";
import { asAnswer, shaped } from "./shape.js";

/** @typedef {Record<"audio" | "video", MediaStreamTrack | null>} Tracks own ones, as they are now */

/** Both kinds, with or without a track. @param {RTCPeerConnection} pc @param {Tracks} tracks */
export function addMedia(pc, tracks) {
  const streams = [new MediaStream()]; // one stream for both: keeps lips and voice together
  for (const kind of ["audio", "video"]) pc.addTransceiver(tracks[kind] ?? kind, { streams });
  preferRedundancy(pc);
}

/** Send back where the other side has offered. @param {RTCPeerConnection} pc */
export function sendToo(pc) {
  const stream = new MediaStream();
  for (const each of pc.getTransceivers()) {
    each.direction = "sendrecv";
    each.sender.setStreams?.(stream);
  }
}

/** Whatever is open now is what is sent. @param {RTCPeerConnection} pc @param {Tracks} tracks */
export async function fit(pc, tracks) {
  for (const each of pc.getTransceivers()) await each.sender.replaceTrack(tracks[each.receiver.track.kind]);
}

/**
 * Cap what is sent; a cap the browser refuses costs bits, not the call.
 * @param {RTCPeerConnection} pc
 * @param {string} level
 * @param {string} [picture] the level of the picture, where it is another for a moment
 */
export async function capAll(pc, level, picture = level) {
  for (const { receiver, sender } of pc.getTransceivers()) {
    const isAudio = receiver.track.kind === "audio";
    const cap = isAudio ? capAudio(sender, level) : capVideo(sender, picture);
    await cap.catch(() => undefined);
  }
}

/** Their description as it is at a level. @param {string} level @param {string} sdp */
export const readAt = (level, sdp) => shaped(sdp, { isThin: isThin(level), hasPicture: hasPicture(level) });

/**
 * Negotiate with ourselves, where the level wants their description read otherwise than it was.
 * @param {RTCPeerConnection} pc
 * @param {{level: string, theirs: string, way: string}} held their description as an answer, and as it is in force
 */
export async function reread(pc, held) {
  const sdp = readAt(held.level, held.theirs);
  if (!held.theirs || sdp === asAnswer(held.way) || pc.signalingState !== "stable") return;
  await pc.setLocalDescription(await pc.createOffer());
  await pc.setRemoteDescription({ type: "answer", sdp });
  held.way = sdp;
}
