/** The call itself, fetched only once somebody is admitted: media, peers and what the page shows of them. */
import { Controls } from "./controls.js";
import { Devices } from "./devices.js";
import { act, fetchDuring, pickerOf, settling, stillsOf } from "./later.js";
import { Mesh } from "./mesh.js";
import { flows, Kept } from "./kept.js";
import { keepLine } from "./measured.js";
import { People } from "./people.js";
import { CLIENT, END, ROLE, SERVER } from "./protocol.js";
import { standingOf } from "./standing.js";
import { Tiles } from "./tiles.js";
import { part } from "./view.js";

const REPORT_EVERY = 4000;

/**
 * @typedef {object} Setup
 * @property {Record<string, string>} words
 * @property {boolean} coLocated
 * @property {boolean} audioOnly
 * @property {string} confirmUrl
 * @property {(path: string, fields?: Record<string, string>) => Promise<Response>} post
 */

export class Live {
  /**
   * @param {HTMLElement} root
   * @param {Setup} setup
   * @param {import("./connection.js").Connection} connection
   * @param {() => void} onProblems camera or microphone could not be opened, or could again
   */
  constructor(root, setup, connection, onProblems) {
    const say = (message) => connection.send(message);
    Object.assign(this, { root, setup, connection, onProblems, say, chat: null, isClosed: false });
    const pilot = new Promise((resolve) => (this.steer = resolve));
    const onLost = (...what) => this.pick((picker) => picker.tellLost(...what));
    const onPlug = (event) => this.pick((picker) => picker.look(Boolean(event)));
    this.devices = new Devices({ ...setup, say, onLost, onPlug, onChange: () => this.tracksChanged() });
    this.mesh = new Mesh({
      connection,
      tracks: () => this.devices.tracks,
      shown: (id) => this.tiles.shown(id),
      fetchPilot: () => pilot,
      onChange: () => this.paint(),
    });
    this.kept = new Kept((id) => flows(this.mesh.links.get(id)));
    this.tiles = new Tiles(root, setup);
    this.people = new People(root, say, setup);
    this.controls = new Controls(root, this.acts(), setup.words);
    const [{ devices, tiles }, room] = [this, () => this.room];
    this.stills = stillsOf({ root, setup, say, devices, room });
    this.picker = pickerOf({ root, words: setup.words, devices, tiles });
    part(root, "stills-open")?.addEventListener("click", () => this.stills());
    this.timers = [setInterval(() => this.tell(), REPORT_EVERY)];
    this.settle = settling(this, tiles.list);
    this.letMeasure = keepLine();
    this.devices.open();
  }

  /** @private */
  tell() {
    this.mesh.reportAll();
    if (this.room !== this.bare) this.update(this.bare, { type: "look" }); // whoever was kept may be gone by now
  }

  static prepare = fetchDuring;

  /** What came after the first picture. @param {ReturnType<typeof import("./during.js").joined>} during */
  take({ Pilot, chat, timer }) {
    this.chat = chat;
    this.timers.push(timer);
    this.steer({ Pilot });
    this.paint();
  }

  /** A message changed the room. @param {import("./room.js").Room} bare @param {any} message */
  update(bare, message) {
    const room = this.kept.after(this.room, bare, message);
    Object.assign(this, { room, bare });
    // The role went to another, or the page was opened anew: a screen is not shown past that.
    const isSaid = [SERVER.SHARE_CHANGED, SERVER.ADMITTED].includes(message.type);
    if (this.devices.shown && room.sharedBy !== room.self && isSaid) this.devices.show(null);
    this.mesh.update(room, message);
    if (message.type === "link" && message.state === "up") this.mesh.resumeRenewed();
    if (this.setup.stills && message.type.startsWith("still.")) this.stills().then((stills) => stills.hear(message), () => undefined);
    this.paint();
  }

  /** What is to be said of it. @param {import("./room.js").Room} room as it is known now */
  standing = (room) => standingOf(this.kept.in(room), this.devices.problems, this.mesh.media);

  /** Give camera, microphone and connections back. */
  close() {
    this.isClosed = true;
    for (const timer of this.timers) clearInterval(timer);
    this.letMeasure();
    for (const each of [this.controls, this.mesh, this.devices]) each.close();
  }

  /** @private */
  acts() {
    return {
      toggle: (kind) => this.devices.toggle(kind),
      detail: () => this.sharpen(),
      leave: () => this.connection.stop(),
      end: () => this.say({ type: CLIENT.CALL_END, reason: END.COMPLETED }),
      phone: () => this.say({ type: CLIENT.CALL_END, reason: END.BY_PHONE }),
      resume: () => this.say({ type: CLIENT.HOLD_SET, held: false }),
      unshare: () => this.devices.show(null),
      flip: () => this.pick((picker) => picker.flip()),
      choices: () => this.pick((picker) => picker.look()),
      desk: (name, from) => act(name, from, this),
    };
  }

  /** @private */
  tracksChanged() {
    this.mesh.changeTracks();
    this.onProblems();
    this.paint();
  }

  /** @private */
  pick = (choose) => this.picker().then(choose).catch(() => undefined);

  /** @private Few large pictures: a doctor asks for them from whom the screen shows large, others give their own. */
  sharpen() {
    const participant = this.room.role === ROLE.DOCTOR ? this.tiles.main : this.room.self;
    if (participant) this.connection.send({ type: CLIENT.DETAIL_SET, participant, enabled: !this.isSharp() });
  }

  /** @private */
  isSharp = ({ role, peers, isDetailed } = this.room) =>
    role === ROLE.DOCTOR ? Boolean(peers[this.tiles.main]?.detail) : isDetailed;

  /** @private */
  paint() {
    this.controls.paint(this.devices);
    this.tiles.paintSelf(this.devices.tracks.video);
    if (!this.room) return;
    this.devices.setDetail(this.room.isDetailed);
    this.tiles.paint(this.room, this.mesh);
    this.controls.paintRole(this.room);
    this.controls.paintDetail(this.isSharp());
    this.people.paint(this.room);
    this.chat?.paint(this.room);
    if (!Object.keys(this.room.peers).length) this.settle();
  }
}
