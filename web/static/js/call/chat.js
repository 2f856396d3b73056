/** The written side of the call: lines in order, a field, a count of what was not seen. */
import { CLIENT, MAX_CHAT_CHARS } from "./protocol.js";
import { copyOf, keepInStep, newId, part, write } from "./view.js";

const CLOCK = new Intl.DateTimeFormat("vi", { hour: "2-digit", minute: "2-digit", hour12: false });

export class Chat {
  /**
   * @param {ParentNode} root
   * @param {(message: object) => Promise<import("./outbox.js").Outcome>} say
   * @param {Record<string, string>} words
   */
  constructor(root, say, words) {
    this.root = root;
    this.words = words;
    this.panel = part(root, "chat");
    this.list = part(root, "lines");
    this.count = part(root, "unread");
    this.seen = 0;
    const form = part(root, "say");
    form.onsubmit = async (event) => {
      event.preventDefault();
      const field = part(form, "text");
      const text = field.value.trim().slice(0, MAX_CHAT_CHARS);
      if (!text) return;
      field.value = "";
      const { ok } = await say({ type: CLIENT.CHAT_SEND, id: newId(), text });
      if (!ok && !field.value) field.value = text; // not lost: it can be sent again
    };
  }

  /** @param {import("./room.js").Room} room */
  paint(room) {
    const before = this.list.childElementCount;
    keepInStep(
      this.list,
      room.chat,
      () => copyOf(this.root, "line"),
      (element, line) => {
        const isOwn = line.from === room.self;
        element.dataset.own = String(isOwn);
        write(part(element, "text"), line.text);
        const who = isOwn ? this.words.me : line.name;
        write(part(element, "who"), `${who}, ${CLOCK.format(new Date(line.at))}`);
      },
    );
    if (this.list.childElementCount > before) this.list.scrollTop = this.list.scrollHeight;
    this.paintCount(room);
  }

  /** @private Lines count as seen while they are on the screen. */
  paintCount(room) {
    const isVisible = this.panel.offsetParent !== null && this.panel.offsetHeight > 0;
    if (isVisible) this.seen = room.chat.length;
    const unread = room.chat.slice(this.seen).filter((line) => line.from !== room.self).length;
    this.count.hidden = unread === 0;
    write(this.count, String(unread));
  }
}
