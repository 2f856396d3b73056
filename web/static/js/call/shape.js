/**
 * What the other side accepts, as we read it: a thin voice and no picture where the line carries no more.
 *
 * A description of theirs that only we change needs no word with them, so it works on a line that is full. It
 * does what settings of a sender cannot in every browser: no doubling of the voice (RED), packets of 60 ms
 * (24 kbit/s with headers instead of 60 to 90), and no probing or repair of a picture that is not sent.
 */

const THIN_PACKET = 60;

/**
 * @param {string} sdp theirs
 * @param {{isThin: boolean, hasPicture: boolean}} way
 */
export function shaped(sdp, { isThin, hasPicture }) {
  return sdp
    .split(/(?=^m=)/m)
    .map((media) => {
      if (isThin && media.startsWith("m=audio")) return thinned(media);
      if (!hasPicture && media.startsWith("m=video")) {
        return media.replace(/^a=sendrecv/m, "a=sendonly").replace(/^a=recvonly/m, "a=inactive");
      }
      return media;
    })
    .join("");
}

/** Opus first and RED gone, longer packets. */
function thinned(media) {
  const opus = /^a=rtpmap:(\d+) opus\/48000/im.exec(media)?.[1];
  if (!opus) return media;
  const red = /^a=rtpmap:(\d+) red\/48000/im.exec(media)?.[1];
  const others = (list) => list.split(" ").filter((each) => each !== opus && each !== red);
  const first = media.replace(/^(m=audio \S+ \S+) (.*?)(\r?)$/m, (_, head, list, end) => {
    return [head, opus, ...others(list)].join(" ") + end;
  });
  const single = red ? first.replace(new RegExp(`^a=(rtpmap|fmtp):${red} .*\r?\n`, "gm"), "") : first;
  return `${single.replace(/^a=(max)?ptime:.*\r?\n/gm, "")}a=ptime:${THIN_PACKET}\r\n`;
}

/** An offer of theirs that we have answered, read as if it had been the answer to one of ours. @param {string} sdp */
export const asAnswer = (sdp) => sdp.replace(/^a=setup:actpass/gm, "a=setup:passive");
