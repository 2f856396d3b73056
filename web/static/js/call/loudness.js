/** What can be told of a voice without statistics, many times a second. */

/** How loud somebody's voice arrives now, 0 to 1. @param {RTCPeerConnection} pc */
export function loudness(pc) {
  const audio = pc.getReceivers().find((each) => each.track.kind === "audio");
  return audio?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
}
