/** The call itself, fetched only once somebody is admitted: media, peers and what the page shows of them. */
import { Chat } from "./chat.js";
import { Controls } from "./controls.js";
import { Devices } from "./devices.js";
import { Mesh } from "./mesh.js";
import { People } from "./people.js";
import { CLIENT, END } from "./protocol.js";
import { loudness, measure } from "./quality.js";
import { Tiles } from "./tiles.js";

const VOICES_EVERY = 250;
const REPORT_EVERY = 4000;
const SPEAKING = 0.02;

/**
 * @typedef {object} Setup
 * @property {Record<string, string>} words
 * @property {boolean} coLocated
 * @property {boolean} audioOnly
 * @property {string[]} confirmed
 * @property {string} confirmUrl
 * @property {(path: string, fields?: Record<string, string>) => Promise<Response>} post
 */

export class Live {
  /**
   * @param {HTMLElement} root
   * @param {Setup} setup
   * @param {import("./connection.js").Connection} connection
   * @param {(problems: object) => void} onProblems camera or microphone could not be opened, or could again
   */
  constructor(root, setup, connection, onProblems) {
    this.connection = connection;
    this.onProblems = onProblems;
    const say = (message) => connection.send(message);
    this.devices = new Devices({ ...setup, say, onChange: () => this.tracksChanged() });
    this.mesh = new Mesh({ connection, tracks: () => this.devices.tracks, onChange: () => this.paint() });
    this.tiles = new Tiles(root, setup.words);
    this.chat = new Chat(root, say, setup.words);
    this.people = new People(root, say, { ...setup, onConfirm: () => this.paint() });
    this.controls = new Controls(root, this.acts(), setup.words);
    this.timers = [setInterval(() => this.hearVoices(), VOICES_EVERY), setInterval(() => this.report(), REPORT_EVERY)];
    this.devices.open();
  }

  /** A message changed the room. @param {import("./room.js").Room} room @param {any} message */
  update(room, message) {
    this.room = room;
    this.mesh.update(room, message);
    if (message.type === "link" && message.state === "up") this.mesh.resume();
    this.paint();
  }

  /** Give camera, microphone and connections back. */
  close() {
    for (const timer of this.timers) clearInterval(timer);
    this.mesh.close();
    this.devices.close();
  }

  /** @private */
  acts() {
    return {
      toggle: (kind) => this.devices.toggle(kind),
      leave: () => this.connection.stop(),
      end: () => this.connection.send({ type: CLIENT.CALL_END, reason: END.COMPLETED }),
    };
  }

  /** @private */
  tracksChanged() {
    this.mesh.changeTracks();
    this.onProblems(this.devices.problems);
    this.paint();
  }

  /** @private */
  paint() {
    this.controls.paint(this.devices);
    this.tiles.paintSelf(this.devices.tracks.video);
    if (!this.room) return;
    this.tiles.paint(this.room, this.mesh, this.people.confirmed);
    this.people.paint(this.room);
    this.chat.paint(this.room);
  }

  /** @private */
  hearVoices() {
    this.tiles.paintVoices((id) => {
      const pc = this.mesh.links.get(id)?.negotiation.pc;
      return pc ? loudness(pc) > SPEAKING : false;
    });
  }

  /** @private */
  async report() {
    const connections = this.mesh.connections();
    if (!connections.length || !this.connection.isUp) return;
    this.connection.post({ type: CLIENT.QUALITY_REPORT, ...(await measure(connections)) });
  }
}
