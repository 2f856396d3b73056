/** The call itself, fetched only once somebody is admitted: media, peers and what the page shows of them. */
import { Chat } from "./chat.js";
import { Controls } from "./controls.js";
import { Devices } from "./devices.js";
import { Mesh } from "./mesh.js";
import { once } from "./once.js";
import { People } from "./people.js";
import { CLIENT, END, ROLE, SERVER } from "./protocol.js";
import { loudness } from "./quality.js";
import { Tiles } from "./tiles.js";
import { part } from "./view.js";

const VOICES_EVERY = 80; // ms: what is told is the loudness of one packet, and syllables are short
const STAYS_MARKED = 600; // ms: a mark that goes between words only flickers
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
    this.setup = setup;
    this.onProblems = onProblems;
    this.spoke = {};
    const say = (message) => connection.send(message);
    const onLost = (...what) => this.pick((picker) => picker.tellLost(...what));
    const onPlug = (event) => this.pick((picker) => picker.look(Boolean(event)));
    this.devices = new Devices({ ...setup, say, onLost, onPlug, onChange: () => this.tracksChanged() });
    this.mesh = new Mesh({
      connection,
      tracks: () => this.devices.tracks,
      shown: (id) => this.tiles.shown(id),
      onChange: () => this.paint(),
    });
    this.tiles = new Tiles(root, setup.words);
    this.chat = new Chat(root, say, setup.words);
    this.people = new People(root, say, { ...setup, onConfirm: () => this.paint() });
    this.controls = new Controls(root, this.acts(), setup.words);
    const { devices, tiles } = this;
    const room = () => this.room;
    this.stills = once(async () => new (await import("./stills.js")).Stills({ root, setup, say, devices, room }));
    this.picker = once(async () => new (await import("./picker.js")).Picker({ root, words: setup.words, devices, tiles }));
    part(root, "stills-open")?.addEventListener("click", () => this.stills());
    this.timers = [setInterval(() => this.hearVoices(), VOICES_EVERY), setInterval(() => this.mesh.reportAll(), REPORT_EVERY)];
    this.devices.open();
  }

  /** A message changed the room. @param {import("./room.js").Room} room @param {any} message */
  update(room, message) {
    this.room = room;
    // The role went to another, or the page was opened anew: a screen is not shown past that.
    if (this.devices.shown && room.sharedBy !== room.self && message.type === SERVER.SHARE_CHANGED) this.devices.show(null);
    this.mesh.update(room, message);
    if (message.type === "link" && message.state === "up") this.mesh.resumeRenewed();
    if (this.setup.stills && message.type.startsWith("still.")) this.stills().then((stills) => stills.hear(message), () => undefined);
    this.paint();
  }

  /** Give camera, microphone and connections back. */
  close() {
    for (const timer of this.timers) clearInterval(timer);
    this.controls.close();
    this.mesh.close();
    this.devices.close();
  }

  /** @private */
  acts() {
    return {
      toggle: (kind) => this.devices.toggle(kind),
      detail: () => this.sharpen(),
      leave: () => this.connection.stop(),
      end: () => this.connection.send({ type: CLIENT.CALL_END, reason: END.COMPLETED }),
      phone: () => this.connection.send({ type: CLIENT.CALL_END, reason: END.BY_PHONE }),
      resume: () => this.connection.send({ type: CLIENT.HOLD_SET, held: false }),
      unshare: () => this.devices.show(null),
      flip: () => this.pick((picker) => picker.flip()),
      choices: () => this.pick((picker) => picker.look()),
      // What is seldom needed is fetched when it is.
      desk: async (act, from) => (await import("./desk.js")).act(act, from, this),
    };
  }

  /** @private */
  tracksChanged() {
    this.mesh.changeTracks();
    this.onProblems(this.devices.problems);
    this.paint();
  }

  /** @private Choosing devices is seldom needed, so it is fetched when it is. */
  pick(act) {
    return this.picker().then(act).catch(() => undefined);
  }

  /** @private Few large pictures: a doctor asks for them from whom the screen shows large, others give their own. */
  sharpen() {
    const participant = this.room.role === ROLE.DOCTOR ? this.tiles.main : this.room.self;
    if (participant) this.connection.send({ type: CLIENT.DETAIL_SET, participant, enabled: !this.isSharp() });
  }

  /** @private */
  isSharp() {
    const { role, peers, isDetailed } = this.room;
    return role === ROLE.DOCTOR ? Boolean(peers[this.tiles.main]?.detail) : isDetailed;
  }

  /** @private */
  paint() {
    this.controls.paint(this.devices);
    this.tiles.paintSelf(this.devices.tracks.video);
    if (!this.room) return;
    this.devices.setDetail(this.room.isDetailed);
    this.tiles.paint(this.room, this.mesh, this.people.confirmed);
    this.controls.paintRole(this.room);
    this.controls.paintDetail(this.isSharp());
    this.people.paint(this.room);
    this.chat.paint(this.room);
  }

  /** @private */
  hearVoices() {
    const now = performance.now();
    for (const [id, { negotiation }] of this.mesh.links) {
      if (negotiation.pc && loudness(negotiation.pc) > SPEAKING) this.spoke[id] = now;
    }
    this.tiles.paintVoices((id) => now - this.spoke[id] < STAYS_MARKED);
  }
}
