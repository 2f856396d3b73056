/** Who is here, who knocks, and what doctor and station may do about it. */
import { CLIENT, MAX_ADMITTED, PRESENCE } from "./protocol.js";
import { isUnknown } from "./roster.js";
import { fill } from "./status.js";
import { copyOf, keepInStep, part, write } from "./view.js";

/**
 * Everybody as the list names them, ourselves first.
 * @param {import("./room.js").Room} room
 * @param {Record<string, string>} words
 * @returns {{id: string, name: string, about: string, mayRemove: boolean, isUnknown: boolean}[]}
 */
export function everybody(room, words) {
  const others = Object.values(room.peers).map((peer) => ({
    id: peer.id,
    name: peer.name,
    about: about(peer, words),
    mayRemove: room.mayAdmit && (peer.role === "patient" || peer.role === "guest"),
    isUnknown: isUnknown(peer),
  }));
  const self = { id: room.self, name: words.me, about: words[`role_${room.role}`], mayRemove: false };
  return [{ ...self, isUnknown: false }, ...others];
}

function about(peer, words) {
  const facts = [words[`role_${peer.role}`]];
  if (peer.co_located) facts.push(words.second_camera);
  else if (!peer.audio) facts.push(words.muted);
  if (!peer.video) facts.push(words.no_picture);
  if (peer.state === PRESENCE.ABSENT) facts.push(peer.closed ? words.page_closed : words.line_down);
  return facts.join(" · ");
}

export class People {
  /**
   * @param {ParentNode} root
   * @param {(message: object) => void} say
   * @param {{words: Record<string, string>, confirmUrl: string, noticeUrl: string, post: Function}} setup
   */
  constructor(root, say, setup) {
    this.root = root;
    this.words = setup.words;
    this.post = setup.post;
    this.list = part(root, "people-list");
    this.knocks = part(root, "knocks");
    this.count = part(root, "people-count");
    const acts = {
      admit: (participant) => say({ type: CLIENT.PARTICIPANT_ADMIT, participant }),
      remove: (participant) => say({ type: CLIENT.PARTICIPANT_REMOVE, participant }),
      confirm: (participant, button) => this.ask(button, `${setup.confirmUrl}/${participant}/confirm`),
      notice: (_participant, button) => {
        const minutes = button.value;
        return this.ask(button, setup.noticeUrl, { minutes }, fill(this.words.told_waiting, { minutes }));
      },
    };
    const act = (event) => {
      const button = event.target.closest("[data-act]");
      if (button) acts[button.dataset.act](button.closest("[data-id]").dataset.id, button);
    };
    this.list.onclick = act;
    if (this.knocks) this.knocks.onclick = act;
  }

  /** @private Says beside the button whether the server did it; what came of it is told to all pages alike. */
  async ask(button, address, fields = {}, done = "") {
    const answer = await this.post(address, fields).catch(() => null);
    write(part(button.parentElement, "told"), answer?.ok ? done : this.words.desk_refused);
  }

  /** @param {import("./room.js").Room} room */
  paint(room) {
    const people = everybody(room, this.words);
    write(this.count, String(people.length));
    keepInStep(
      this.list,
      people,
      () => copyOf(this.root, "person"),
      (row, person) => {
        write(part(row, "name"), person.name);
        write(part(row, "about"), person.about);
        show(part(row, "unconfirmed"), person.isUnknown);
        show(part(row, "confirm"), person.isUnknown && room.mayAdmit);
        show(part(row, "remove"), person.mayRemove);
      },
    );
    if (this.knocks) this.paintKnocks(Object.values(room.knocks), people.length >= MAX_ADMITTED);
  }

  /** @private @param {import("./room.js").Peer[]} waiting @param {boolean} isFull nobody more can be let in now */
  paintKnocks(waiting, isFull) {
    keepInStep(
      this.knocks,
      waiting,
      () => copyOf(this.root, "knock"),
      (row, peer) => {
        const away = peer.closed ? this.words.knock_closed : this.words.knock_away;
        write(part(row, "title"), fill(peer.state === PRESENCE.AWAY ? away : this.words.knock, { name: peer.name }));
        show(part(row, "unconfirmed"), isUnknown(peer));
        show(part(row, "second-camera"), peer.co_located);
        show(part(row, "full"), isFull);
        part(row, "admit").disabled = isFull;
      },
    );
  }
}

/** @param {HTMLElement | null} element @param {boolean} isShown */
function show(element, isShown) {
  if (element) element.hidden = !isShown;
}
