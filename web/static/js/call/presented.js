/** Pictures that reached the screen. */

/**
 * Count the pictures a player presents, by its own count too: a player out of sight may call back for none. Both
 * stood still where a picture was frozen; the count begins anew with each stream.
 * @param {HTMLVideoElement} video @returns {() => number}
 */
export function countPictures(video) {
  let count = 0;
  const note = () => {
    count += 1;
    video.requestVideoFrameCallback?.(note);
  };
  note();
  return () => count + (video.getVideoPlaybackQuality?.().totalVideoFrames ?? video.currentTime);
}
