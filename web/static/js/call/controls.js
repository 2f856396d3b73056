/** The buttons: words that say how it is now, pressed or not. */
import { part, write } from "./view.js";

/**
 * @typedef {object} Acts
 * @property {(kind: "audio" | "video") => void} toggle
 * @property {() => void} leave
 * @property {() => void} end
 */

export class Controls {
  /** @param {ParentNode} root @param {Acts} acts @param {Record<string, string>} words */
  constructor(root, acts, words) {
    this.root = root;
    this.words = words;
    for (const kind of ["audio", "video"]) this.on(kind, () => acts.toggle(kind));
    this.on("leave", acts.leave);
    this.on("end", acts.end);
    for (const button of root.querySelectorAll("[data-opens]")) {
      button.onclick = () => this.open(button, button.getAttribute("aria-expanded") !== "true");
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

  /** @private One panel at a time: a phone has room for one. */
  open(button, isOpen) {
    for (const each of this.root.querySelectorAll("[data-opens]")) {
      const shows = each === button && isOpen;
      each.setAttribute("aria-expanded", String(shows));
      part(this.root, each.dataset.opens).dataset.open = String(shows);
    }
    if (isOpen) part(this.root, button.dataset.opens).querySelector("input, button")?.focus();
  }
}
