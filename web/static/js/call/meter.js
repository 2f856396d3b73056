/** How loud a microphone is, for the check before a call. */

/**
 * How loud a microphone is, 0 to 1, told again and again until stopped.
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} tell
 * @returns {() => void} stop
 */
export function measureLevel(track, tell) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096; // longer than a tick: no syllable falls between two looks
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(samples);
    tell(samples.reduce((peak, each) => Math.max(peak, Math.abs(each - 128) / 128), 0));
  }, 80);
  const wake = () => context.resume(); // some browsers start no audio graph before a touch
  document.addEventListener("pointerdown", wake, { once: true });
  return () => {
    document.removeEventListener("pointerdown", wake);
    clearInterval(timer);
    context.close();
  };
}
