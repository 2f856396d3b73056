/** The pictures: one tile for everybody, the most important one large. */
import { PRESENCE } from "./protocol.js";
import { isAudioOnly } from "./room.js";
import { copyOf, keepInStep, part, write } from "./view.js";

const FOR_DOCTORS = ["station", "patient", "guest"];
const FOR_OTHERS = ["doctor", "station", "patient", "guest"];
const ABSENT_AFTER = 0.5;
const BESIDE_AFTER = 10;

/**
 * Others in the order of their importance to us: who is here before who lost the line, and after people a
 * second camera beside the laptop.
 * @param {import("./room.js").Room} room
 * @returns {import("./room.js").Peer[]}
 */
export function inOrder(room) {
  const order = room.role === "doctor" ? FOR_DOCTORS : FOR_OTHERS;
  const rank = (peer) =>
    order.indexOf(peer.role) +
    (peer.state === PRESENCE.ABSENT ? ABSENT_AFTER : 0) +
    (peer.co_located ? BESIDE_AFTER : 0);
  return Object.values(room.peers).sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
}

/** Whether doctor or station still have to ask who this is: a link proves a phone, not a person. */
export const mustAsk = (room, peer, confirmed) =>
  room.mayAdmit && peer.role === "patient" && !confirmed.has(peer.id);

/**
 * What a tile says where the picture would be; "" when there is a picture.
 * @param {import("./room.js").Room} room @param {import("./room.js").Peer} peer @param {string} [ice]
 */
export function stillOf(room, peer, ice) {
  if (peer.state === PRESENCE.ABSENT && ice !== "connected" && ice !== "completed") return "absent";
  if (!ice || ice === "new" || ice === "checking") return "connecting";
  if (ice === "failed" || ice === "disconnected") return "broken";
  return peer.video && !isAudioOnly(room, peer.id) ? "" : "no_video";
}

export class Tiles {
  /** @param {ParentNode} root @param {Record<string, string>} words */
  constructor(root, words) {
    this.root = root;
    this.words = words;
    this.list = part(root, "tiles");
    this.sound = part(root, "sound");
    this.self = part(root, "self");
    this.pinned = null;
    this.list.onclick = (event) => this.pin(event.target.closest("[data-id]")?.dataset.id);
    if (this.sound) this.sound.onclick = () => this.play();
  }

  /**
   * @param {import("./room.js").Room} room
   * @param {import("./mesh.js").Mesh} mesh
   * @param {ReadonlySet<string>} confirmed patients somebody has recognised
   */
  paint(room, mesh, confirmed) {
    const peers = inOrder(room);
    const main = peers.find((peer) => peer.id === this.pinned) ?? peers[0];
    keepInStep(
      this.list,
      peers,
      () => copyOf(this.root, "tile"),
      (tile, peer) => {
        const still = stillOf(room, peer, mesh.states[peer.id]);
        tile.dataset.place = peer === main ? "main" : "side";
        tile.dataset.still = still;
        write(part(tile, "name"), peer.name);
        write(part(tile, "still"), still && this.words[`still_${still}`]);
        part(tile, "muted").hidden = peer.audio || peer.co_located;
        part(tile, "unconfirmed").hidden = !mustAsk(room, peer, confirmed);
        this.show(part(tile, "picture"), mesh.streams[peer.id], room.coLocated);
      },
    );
    this.list.dataset.count = String(peers.length);
  }

  /** Our own picture. @param {MediaStreamTrack | null} track */
  paintSelf(track) {
    const video = part(this.self, "picture");
    this.self.dataset.still = track ? "" : "no_video";
    if (video.srcObject?.getTracks()[0] !== track) video.srcObject = track ? new MediaStream([track]) : null;
  }

  /** Show who speaks. @param {(id: string) => boolean} speaks */
  paintVoices(speaks) {
    for (const tile of this.list.children) tile.dataset.state = speaks(tile.dataset.id) ? "speaking" : "";
  }

  /** @private A stream is new with every connection: the element must take it anew, or it may stay frozen. */
  show(video, stream, isSilent) {
    video.muted = isSilent;
    if (!stream || video.srcObject === stream) return;
    video.srcObject = stream;
    video.play().catch((error) => {
      // Only a touch may start sound here: offer one. Any other failure ends with the stream itself.
      if (error.name === "NotAllowedError" && this.sound) this.sound.hidden = false;
    });
  }

  /** @private */
  play() {
    this.sound.hidden = true;
    for (const video of this.list.querySelectorAll("video")) video.play();
  }

  /** @private */
  pin(id) {
    if (!id) return;
    this.pinned = id;
    for (const tile of this.list.children) tile.dataset.place = tile.dataset.id === id ? "main" : "side";
  }
}
