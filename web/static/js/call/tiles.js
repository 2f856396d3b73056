/** The pictures: one tile for everybody, the most important one large. */
import { isApart } from "./apart.js";
import { bestOf, hasPicture, leastSent, levelOf } from "./levels.js";
import { countPictures } from "./presented.js";
import { LEVEL, PRESENCE } from "./protocol.js";
import { isUnknown } from "./roster.js";
import { copyOf, keepInStep, part, write } from "./view.js";

const AT_STATION = ["station", "patient", "guest"];
const AT_HOME = ["patient", "station", "guest"];
const FOR_OTHERS = ["doctor", "station", "patient", "guest"];
const ABSENT_AFTER = 0.5;
const BESIDE_AFTER = 10;

/**
 * Others in the order of their importance to us: who is here before who lost the line, and after people a
 * second camera beside the laptop. To a doctor whoever is where the patient is, to others the doctor.
 * @param {import("./room.js").Room} room @param {boolean} [isHome] the patient is at home, not at the station
 * @returns {import("./room.js").Peer[]}
 */
export function inOrder(room, isHome) {
  const order = room.role !== "doctor" ? FOR_OTHERS : isHome ? AT_HOME : AT_STATION;
  const rank = (peer) =>
    order.indexOf(peer.role) +
    (peer.state === PRESENCE.ABSENT ? ABSENT_AFTER : 0) +
    (peer.co_located ? BESIDE_AFTER : 0);
  return Object.values(room.peers).sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
}

/**
 * What a tile says where the picture would be; "" when there is a picture.
 * @param {import("./room.js").Room} room @param {import("./room.js").Peer} peer @param {string} [ice]
 * @param {boolean} [moves] pictures arrive: then nothing that was told hides them
 */
export function stillOf(room, peer, ice, moves = false) {
  if (isApart(room, peer)) return "held";
  if (peer.closed && !moves) return "closed";
  if (peer.state === PRESENCE.ABSENT && ice !== "connected" && ice !== "completed") return "absent";
  if (!ice || ice === "new" || ice === "checking") return "connecting";
  if (ice === "failed" || ice === "disconnected") return "broken";
  if (!peer.video) return "no_video";
  return moves || hasPicture(levelOf(room, peer.id)) ? "" : "sound_only";
}

/** What a tile says of its picture, beside the name; "" when all fits. */
export function noteOf(level, isDetailed) {
  if (level !== LEVEL.HIGH) return `level_${level}`;
  return isDetailed ? "detail_on" : "";
}

export class Tiles {
  /** @param {ParentNode} root @param {{words: Record<string, string>, isHome?: boolean}} setup */
  constructor(root, { words, isHome }) {
    Object.assign(this, { root, words, isHome });
    this.list = part(root, "tiles");
    this.sound = part(root, "sound");
    this.self = part(root, "self");
    this.pinned = this.shared = null;
    this.list.onclick = (event) => this.pin(event.target.closest("[data-id]")?.dataset.id);
    if (this.sound) this.sound.onclick = () => this.play();
  }

  /**
   * @param {import("./room.js").Room} room
   * @param {import("./mesh.js").Mesh} mesh
   */
  paint(room, mesh) {
    const peers = inOrder(room, this.isHome);
    if (room.sharedBy !== this.shared) this.pinned = null; // what is shown now is what is talked of
    this.shared = room.sharedBy;
    const main = peers.find((peer) => peer.id === (this.pinned ?? room.sharedBy)) ?? peers[0];
    this.main = main?.id;
    keepInStep(
      this.list,
      peers,
      () => {
        const tile = copyOf(this.root, "tile");
        tile.shown = countPictures(part(tile, "picture"));
        return tile;
      },
      (tile, peer) => {
        const still = stillOf(room, peer, mesh.states[peer.id], mesh.moves(peer.id));
        tile.dataset.place = peer === main ? "main" : "side";
        tile.dataset.still = still;
        tile.dataset.shows = peer.id === room.sharedBy ? "screen" : "";
        write(part(tile, "name"), `${peer.name} · ${this.words[`role_${peer.role}`]}`);
        const level = levelOf(room, peer.id);
        const isAll = level === bestOf(room, peer.id);
        this.paintLine(tile, still ? "" : noteOf(isAll ? LEVEL.HIGH : level, peer.detail));
        write(part(tile, "still"), still && this.words[`still_${still}`]);
        part(tile, "muted").hidden = peer.audio || peer.co_located;
        part(tile, "unconfirmed").hidden = !(room.mayAdmit && isUnknown(peer));
        this.show(part(tile, "picture"), mesh.streams[peer.id], room.coLocated || still === "held");
      },
    );
    this.list.dataset.count = String(peers.length);
    this.self.dataset.shows = room.sharedBy === room.self ? "screen" : "";
    this.paintLine(this.self, noteOf(leastSent(room), room.isDetailed));
  }

  /** @private */
  paintLine(tile, key) {
    const mark = part(tile, "line");
    if (mark) mark.hidden = !key;
    write(mark && part(mark, "text"), key && this.words[key]);
  }

  /** How many pictures of somebody were presented so far; null where they are not on the screen. @param {string} id */
  shown(id) {
    const tile = [...this.list.children].find((each) => each.dataset.id === id);
    return tile?.getClientRects().length ? tile.shown() : null;
  }

  /** Our own picture. @param {MediaStreamTrack | null} track */
  paintSelf(track) {
    const video = part(this.self, "picture");
    Object.assign(this.self.dataset, { still: track ? "" : "no_video", facing: track?.getSettings?.().facingMode ?? "" });
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

  play() {
    this.sound.hidden = true;
    for (const video of this.list.querySelectorAll("video")) video.play();
  }

  pin(id) {
    if (!id) return;
    this.pinned = this.main = id;
    for (const tile of this.list.children) tile.dataset.place = tile.dataset.id === id ? "main" : "side";
  }
}
