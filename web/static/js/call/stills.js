/** Sharp photos in a call: taken and sent in the camera's full size, over HTTP, shown to the others by id. */
import { sizesOfStill } from "../upload/scale.js";
import { Sending } from "../upload/sender.js";
import { note } from "../upload/unsent.js";
import { fill } from "../upload/words.js";
import { takeStill } from "./camera.js";
import { CLIENT, SERVER } from "./protocol.js";
import { part, write } from "./view.js";

/**
 * @typedef {object} Call
 * @property {HTMLElement} root
 * @property {any} setup with `stills`: addresses and words
 * @property {(message: object) => Promise<unknown>} say
 * @property {() => import("./room.js").Room} room
 * @property {import("./devices.js").Devices} devices
 */

export class Stills {
  /** @param {Call} call */
  constructor(call) {
    this.call = call;
    this.words = call.setup.stills.words;
    this.panel = part(call.root, "stills");
    this.list = part(this.panel, "still-list");
    this.count = part(call.root, "stills-count");
    this.state = part(this.panel, "still-state");
    this.unseen = 0;
    for (const [name, act] of [["still-take", () => this.take()], ["still-ask", () => this.ask()]]) {
      const button = part(this.panel, name);
      if (!button) continue;
      button.onclick = act;
      button.disabled = false;
    }
    if (this.panel.dataset.open === "true") part(this.panel, "still-take").focus(); // it could not be, until now
    part(call.root, "stills-open").addEventListener("click", () => this.look());
  }

  /** A message of the room. @param {any} message */
  hear(message) {
    const room = this.call.room();
    if (message.type === SERVER.STILL_SHOWN) this.show(message.attachment, room.peers[message.from]?.name ?? "");
    if (message.type === SERVER.STILL_ASKED) {
      this.open();
      write(this.state, fill(this.words.asked, { name: room.peers[message.from]?.name ?? "" }));
      part(this.panel, "still-take").focus();
    }
  }

  /** Take one, now. */
  async take() {
    write(this.state, this.words.taking);
    const taking = {};
    note(taking, 0);
    const photo = await takeStill(this.call.devices).catch(() => null);
    if (photo) this.send(photo);
    else write(this.state, this.words.no_camera);
    note(taking, null);
  }

  /** @private @param {Blob} photo */
  send(photo) {
    const { announceUrl, uploadUrl, attachUrl } = this.call.setup.stills;
    const headers = () => ({ "X-CSRF-Token": this.call.root.dataset.csrf });
    const ways = { announceUrl, uploadUrl, attachUrl, headers, sizesOf: sizesOfStill };
    const sending = new Sending(photo, ways, {}, (step, id) => {
      write(this.state, step.detail ?? fill(this.words[step.state], { percent: step.percent }));
      if (step.state === "failed" || step.state === "expired") this.retry(sending);
      // The small picture first, then the full one: the same id, fetched anew by whoever sees it.
      if (step.state === "done" || (step.state === "preview" && !sending.isTold)) {
        sending.isTold = true;
        this.call.say({ type: CLIENT.STILL_SHOW, attachment: id });
        this.show(id, this.words.own);
      }
    });
  }

  /** @private */
  retry(sending) {
    const button = part(this.panel, "still-again");
    button.hidden = false;
    button.onclick = () => {
      button.hidden = true;
      sending.start();
    };
  }

  /** @private Ask everybody of the other side who has a camera at the patient. */
  ask() {
    const others = Object.values(this.call.room()?.peers ?? {});
    const station = others.filter((peer) => peer.role === "station");
    for (const peer of station.length ? station : others) this.call.say({ type: CLIENT.STILL_ASK, to: peer.id });
    write(this.state, this.words.asking);
  }

  /** @private */
  show(id, name) {
    let item = [...this.list.children].find((each) => each.dataset.id === id);
    if (!item) {
      item = part(this.call.root, "still-template").content.firstElementChild.cloneNode(true);
      item.dataset.id = id;
      this.list.prepend(item);
      if (!this.isOpen) this.unseen += 1;
    }
    const { thumbUrl, openUrl } = this.call.setup.stills;
    part(item, "thumb").src = `${fill(thumbUrl, { id })}#${performance.now()}`;
    part(item, "thumb").alt = fill(this.words.by, { name });
    const link = part(item, "link");
    if (openUrl) link.href = fill(openUrl, { id });
    write(part(item, "name"), name);
    this.open();
    if (this.isOpen) item.scrollIntoView({ block: "nearest" });
    this.paint();
  }

  get isOpen() {
    return this.panel.dataset.open === "true";
  }

  /** @private The panel opens by itself unless another one is being used. */
  open() {
    if (this.call.root.querySelector('.panel[data-open="true"]')) return;
    const typing = document.activeElement;
    part(this.call.root, "stills-open").click();
    if (typing?.matches("input, textarea, select")) typing.focus({ preventScroll: true });
  }

  /** @private What is in sight counts as seen. */
  look() {
    if (this.isOpen) this.unseen = 0;
    this.paint();
  }

  /** @private */
  paint() {
    this.count.hidden = this.unseen === 0;
    write(this.count, String(this.unseen));
  }
}
