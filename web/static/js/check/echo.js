/**
 * Sound and picture go to the server and come back for ten seconds: does anything arrive? What returns is shown
 * and its loudness drawn, but not played: beside a microphone it would howl, and it says nothing of a call's sound.
 */
import { closeMedia, openMedia } from "../call/media.js";
import { loudness } from "../call/loudness.js";
import { until } from "./peer.js";
import { post } from "./post.js";
import { CheckSocket, Refused } from "./socket.js";

const SHOWN_MS = 10_000;
const CONNECT_MS = 15_000;
const GATHER_MS = 10_000;
const LOOK_MS = 100;
const HEARD = 0.02;

/** @param {HTMLElement} root */
export function mount(root) {
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const words = JSON.parse(root.dataset.words);
  const tell = (key, count) => (find("said").textContent = words[key]?.replace("{count}", count) ?? words.fault);
  let end = () => undefined;

  async function run() {
    find("start").disabled = true;
    tell("queue");
    let media = null;
    try {
      media = await openMedia({ audio: true, video: true });
      tell(await look(media.tracks));
    } catch (error) {
      tell(error instanceof Refused ? error.message : "fault");
    }
    end();
    closeMedia(media);
    find("start").disabled = false;
  }

  /** @returns {Promise<string>} what came back, as a word's name */
  async function look(tracks) {
    const own = Object.values(tracks).filter(Boolean);
    if (!own.length) return "echo_nothing";
    const headers = { "X-CSRF-Token": root.dataset.csrf, Accept: "application/json" };
    const begun = await post(root.dataset.begin, headers, {});
    const socket = await CheckSocket.open(begun.socketUrl, begun.ticket);
    const pc = new RTCPeerConnection({ iceServers: socket.servers });
    end = () => {
      pc.close();
      socket.close();
      find("picture").srcObject = null;
      find("shown").hidden = true;
    };
    for (const track of own) pc.addTrack(track);
    await pc.setLocalDescription(await pc.createOffer());
    await until(pc, "icegatheringstatechange", () => pc.iceGatheringState === "complete", GATHER_MS);
    const sdp = await socket.offer(pc.localDescription.sdp, (before) => tell("before", before), true);
    await pc.setRemoteDescription({ type: "answer", sdp });
    const isUp = await until(pc, "connectionstatechange", () => pc.connectionState === "connected", CONNECT_MS);
    return isUp ? watch(pc) : "echo_lost";
  }

  async function watch(pc) {
    tell("echo_on");
    find("shown").hidden = false;
    const picture = find("picture");
    picture.srcObject = new MediaStream(pc.getReceivers().map((each) => each.track)); // its player is mute
    let loudest = 0;
    const timer = setInterval(() => {
      const level = loudness(pc);
      loudest = Math.max(loudest, level);
      find("level").value = Math.round(level * 100);
    }, LOOK_MS);
    await new Promise((resolve) => setTimeout(resolve, SHOWN_MS));
    clearInterval(timer);
    const isSeen = Boolean(picture.getVideoPlaybackQuality?.().totalVideoFrames ?? picture.videoWidth);
    if (isSeen) return loudest > HEARD ? "echo_both" : "echo_picture";
    return loudest > HEARD ? "echo_sound" : "echo_lost";
  }

  find("start").onclick = run;
  window.addEventListener("pagehide", end);
  return () => end();
}
