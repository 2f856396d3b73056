/** The buttons: words that say how it is now, pressed or not. */
import { ROLE } from "./protocol.js";
import { reachedRoles } from "./roster.js";
import { part, write } from "./view.js";

/**
 * @typedef {object} Acts
 * @property {(kind: "audio" | "video") => void} toggle
 * @property {() => void} detail
 * @property {() => void} leave
 * @property {() => void} end
 * @property {() => void} phone
 * @property {() => void} resume
 * @property {() => void} unshare
 * @property {() => void} flip the camera on the other side of a phone
 * @property {() => void} choices the panel with the choice of devices was opened
 * @property {(act: string, from: HTMLElement) => void} desk one of the buttons that are seldom pressed
 */

export class Controls {
  /** @param {ParentNode} root @param {Acts} acts @param {Record<string, string>} words */
  constructor(root, acts, words) {
    this.root = root;
    this.words = words;
    for (const kind of ["audio", "video"]) this.on(kind, () => acts.toggle(kind));
    this.on("detail", acts.detail);
    this.on("leave", acts.leave);
    for (const name of ["end", "phone", "resume", "unshare", "flip"]) this.on(name, acts[name]);
    if (!navigator.mediaDevices?.getDisplayMedia) root.querySelector("[data-needs=screen]")?.remove(); // as on phones
    const desk = part(root, "more");
    if (desk) {
      desk.onclick = (event) => this.press(event, acts);
      desk.onchange = ({ target }) => target.dataset.desk && acts.desk(target.dataset.desk, target);
    }
    this.keys = (event) => this.key(event);
    document.addEventListener("keydown", this.keys);
    for (const button of root.querySelectorAll("[data-opens]")) {
      button.onclick = () => {
        const isOpen = button.getAttribute("aria-expanded") !== "true";
        if (isOpen && button.dataset.opens === "more") acts.choices();
        this.open(button, isOpen);
      };
    }
  }

  /** @param {import("./devices.js").Devices} devices */
  paint(devices) {
    for (const kind of ["audio", "video"]) {
      const button = part(this.root, kind);
      if (!button) continue;
      const isOn = devices.state[kind];
      button.setAttribute("aria-pressed", String(isOn));
      button.dataset.problem = devices.problems[kind] ?? "";
      write(part(button, "word"), this.words[`${kind}_${isOn ? "on" : "off"}`]);
    }
    const flip = part(this.root, "flip"); // style shows it where fingers point
    if (flip) flip.hidden = !devices.state.video || Boolean(devices.shown);
  }

  /** What only some may do is shown to them alone. @param {import("./room.js").Room} room */
  paintRole(room) {
    for (const each of this.root.querySelectorAll("[data-for]")) {
      each.hidden = !each.dataset.for.split(" ").includes(room.role);
    }
    const there = reachedRoles(room);
    for (const each of this.root.querySelectorAll("[data-desk=ring]")) {
      each.hidden = (each.dataset.for ?? room.role) !== room.role || there.includes(each.value);
    }
    const show = (selector, isShown) => {
      const button = this.root.querySelector(selector);
      if (button) button.hidden = !isShown;
    };
    show("[data-part=resume]", room.heldBy !== null && room.role === ROLE.DOCTOR);
    show("[data-desk=hold]", room.heldBy === null);
    show("[data-part=unshare]", room.sharedBy !== null && room.sharedBy === room.self);
  }

  close() {
    document.removeEventListener("keydown", this.keys);
  }

  /** @private */
  press(event, acts) {
    const button = event.target.closest("button[data-desk]");
    if (button) acts.desk(button.dataset.desk, button);
  }

  /** @private Alt and a letter, as the page lists them: letters alone belong to whoever types or reads aloud. */
  key(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const name = `Alt+${event.code.replace("Key", "")}`;
    const buttons = [...this.root.querySelectorAll(`[aria-keyshortcuts="${name}"]`)];
    const button = buttons.find((each) => !each.closest("[hidden]"));
    if (!button) return;
    event.preventDefault();
    button.click();
  }

  /** Whether the camera that the button is for is sharp rather than smooth. @param {boolean} isOn */
  paintDetail(isOn) {
    const button = part(this.root, "detail");
    if (!button) return;
    button.setAttribute("aria-pressed", String(isOn));
    write(part(button, "word"), this.words[isOn ? "detail_on" : "detail_off"]);
  }

  /** @private */
  on(name, act) {
    const button = part(this.root, name);
    if (!button) return;
    button.onclick = () => {
      button.closest("dialog")?.close?.();
      act();
    };
  }

  /** @private One panel at a time: a phone has room for one, and shows it; closed, the page stands where it stood. */
  open(button, isOpen) {
    this.top = this.panel ? this.top : scrollY;
    for (const each of this.root.querySelectorAll("[data-opens]")) {
      const shows = each === button && isOpen;
      each.setAttribute("aria-expanded", String(shows));
      part(this.root, each.dataset.opens).dataset.open = String(shows);
    }
    this.panel = isOpen ? part(this.root, button.dataset.opens) : null;
    if (!this.panel) return scrollTo(0, this.top);
    this.panel.tabIndex = -1;
    this.panel.focus(); // stays where its first button is hidden or asleep
    this.panel.querySelector("input, button")?.focus();
    this.panel.scrollIntoView({ block: "nearest" });
  }
}
