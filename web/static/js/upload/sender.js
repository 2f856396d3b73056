/** Files on their way from a page: made smaller, a quick picture first, then the full one; told step by step. */
import { newId } from "../call/view.js";
import { UploadQueue } from "./queue.js";
import { sizesOf } from "./scale.js";
import { Refused, sendFile } from "./send.js";
import { note } from "./unsent.js";

/**
 * @typedef {object} Step
 * @property {"shrinking" | "waiting" | "sending" | "preview" | "offline" | "checking" | "done" | "failed" | "expired"} state
 * @property {number} percent acknowledged, never less than before
 * @property {string} [detail] the server's words for a refusal
 *
 * @typedef {object} Ways
 * @property {string} announceUrl
 * @property {string} uploadUrl
 * @property {string} attachUrl
 * @property {() => Record<string, string>} headers
 * @property {(file: Blob) => Promise<{full: Blob, preview: Blob | null}>} [sizesOf] what is sent of a file
 */

const OVER = ["done", "failed", "expired"];
const queue = new UploadQueue();

export class Sending {
  /**
   * @param {Blob} file
   * @param {Ways} ways
   * @param {Record<string, string>} said kind, caption
   * @param {(step: Step, id: string) => void} tell
   */
  constructor(file, ways, said, tell) {
    this.file = file;
    this.ways = ways;
    this.said = said;
    this.tell = tell;
    this.id = newId();
    this.step = { state: "shrinking", percent: 0 };
    this.isShown = false;
    this.start();
  }

  /** Begin, or begin again after a failure: what the server has of it already is not sent twice. */
  async start() {
    this.say({ state: "shrinking" });
    this.sizes = this.sizes ?? (await (this.ways.sizesOf ?? sizesOf)(this.file));
    const { full, preview } = this.sizes;
    this.say({ state: "waiting" });
    if (preview && !this.isShown) queue.add(preview.size, () => this.send(preview, true));
    queue.add(full.size, () => this.send(full, false));
  }

  /** @private */
  async send(blob, isPreview) {
    if (this.step.state === "failed" || this.step.state === "expired") return;
    try {
      await sendFile({
        ...this.ways,
        blob,
        newId,
        said: { ...this.said, id: this.id, ...(isPreview ? { is_preview: "on" } : {}) },
        headers: this.ways.headers(),
        onProgress: (bytes) => this.acknowledged(blob, bytes, isPreview),
        onLink: (isUp) => this.linked(isUp),
        pause: untilOnline,
        now: () => performance.now(),
        fetch: (...asked) => fetch(...asked),
      });
      this.isShown = true;
      this.say(isPreview ? { state: "preview" } : { state: "done", percent: 100 });
    } catch (error) {
      const code = error instanceof Refused ? error.code : "failed";
      // The answer to it was lost: the attachment is there.
      if (isPreview && code === "id-taken") this.isShown = true;
      else this.say({ state: code === "expired" ? "expired" : "failed", detail: error.detail });
    }
  }

  /** @private The quick picture is part of the way, as much as its bytes are. */
  acknowledged(blob, bytes, isPreview) {
    const { full, preview } = this.sizes;
    const ahead = preview?.size ?? 0;
    const sent = isPreview ? bytes : ahead + bytes;
    const percent = Math.min(99, Math.floor((100 * sent) / (full.size + ahead)));
    const isAllSent = !isPreview && bytes === blob.size;
    const state = isAllSent ? "checking" : this.isShown ? "preview" : "sending";
    this.say({ state, percent });
  }

  /** @private */
  linked(isUp) {
    if (!isUp) this.say({ state: "offline" });
    else if (this.step.state === "offline") this.say({ state: this.isShown ? "preview" : "sending" });
  }

  /** @private @param {Partial<Step>} change */
  say(change) {
    const percent = Math.max(this.step.percent, change.percent ?? 0);
    this.step = { detail: undefined, ...this.step, ...change, percent };
    this.tell(this.step, this.id);
    note(this.id, OVER.includes(this.step.state) ? null : percent);
  }
}

/** Wait so long, or until the browser says that it is online again. @param {number} milliseconds */
function untilOnline(milliseconds) {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, milliseconds);
    window.addEventListener("online", go);
  });
}
