/** Who is out of the room only because the server has not heard of them for long, while their picture and sound go on. */
import { PRESENCE, SERVER } from "./protocol.js";

const LOST = "lost"; // not: has left, was removed
const FLOWING = 5000; // ms since anything arrived

/** Whether anything of theirs arrives now. @param {import("./peer.js").PeerLink | undefined} link */
export const flows = (link) => Boolean(link?.negotiation.isConnected) && performance.now() - link.heardAt < FLOWING;

export class Kept {
  /** @param {(id: string) => boolean} flows whether anything of theirs arrives now */
  constructor(flows) {
    this.flows = flows;
    /** @type {Record<string, import("./room.js").Peer>} */
    this.people = {};
  }

  /** The room with them in it. @param {import("./room.js").Room} room */
  in(room) {
    for (const id of Object.keys(this.people)) if (room.peers[id] || !this.flows(id)) delete this.people[id];
    return Object.keys(this.people).length ? { ...room, peers: { ...room.peers, ...this.people } } : room;
  }

  /**
   * The same after a message.
   * @param {import("./room.js").Room | undefined} before @param {import("./room.js").Room} room @param {any} message
   */
  after(before, room, message) {
    const gone = message.type === SERVER.PARTICIPANT_LEFT ? before?.peers[message.participant] : null;
    if (gone && message.reason === LOST) this.people[gone.id] = { ...gone, state: PRESENCE.ABSENT };
    else if (gone) delete this.people[gone.id];
    return this.in(room);
  }
}
