/** A page of a call, of staff or patient: waits, lets in, shows how it stands. The call itself is in live.js. */
import { letGo, unsent } from "../upload/unsent.js";
import { Connection } from "./connection.js";
import { fetching } from "./fetching.js";
import { CODE, END } from "./protocol.js";
import { onReturn } from "./returning.js";
import { EMPTY, linkChanged, reduce } from "./room.js";
import { fill, statusOf } from "./status.js";
import { getTicket, poster } from "./ticket.js";
import { paintWait } from "./wait.js";
import { stayAwake } from "./wake.js";

const FETCH_AHEAD = 2000;
const PAINT_EVERY = 2000; // what is said of a line that carries nothing changes with time
const YOUR_TURN = [200, 100, 200];

/** @param {HTMLElement} root with data-setup: addresses, words and choices, as JSON */
export function mount(root) {
  const setup = { ...JSON.parse(root.dataset.setup), post: poster(root.dataset.csrf) };
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  let room = EMPTY;
  let live = null;
  let liveSince = 0;
  let onward = null; // where the page leads once its photos are sent
  const fetchCall = fetching(root, setup);
  const connection = new Connection({
    url: new URL(setup.socketUrl, location.href).href.replace(/^http/, "ws"),
    getTicket: () => getTicket(setup),
    tracks: () => live?.now?.devices.state ?? { audio: !setup.coLocated, video: !setup.audioOnly },
    onMessage: hear,
    onLink: (state, code) => hear(linkChanged(state, code)),
  });

  function hear(message) {
    const before = room.phase;
    room = reduce(room, message);
    const current = room;
    if (before !== room.phase) turnTo(before, room.phase);
    if (room.phase === "live") live = live ?? open();
    live?.loaded.then((opened) => opened.update(current, message), () => undefined);
    if (room.phase === "ended" || room.phase === "closed") close();
    paint();
  }

  function turnTo(before, phase) {
    // Who waits fetches the call ahead, so that admission shows a face at once.
    if (phase === "waiting") setTimeout(() => fetchCall().then(([{ Live }]) => Live.prepare()).catch(() => undefined), FETCH_AHEAD);
    if (phase === "ended") goOn(() => location.replace(setup.overUrl));
    if (phase === "closed" && room.code === CODE.CALL_MOVED) goOn(() => location.reload()); // shows the new hour
    if (phase === "live" && before === "waiting" && navigator.userActivation?.hasBeenActive) {
      navigator.vibrate?.(YOUR_TURN); // a browser complains of one nobody has touched yet
    }
  }

  /** What stands behind a patient's link says more than this page, unless the link ended with the appointment. */
  async function goOn(go) {
    if (!setup.overUrl || !(await fetch(setup.overUrl).catch(() => null))?.ok) return;
    onward = go;
    whenSent();
  }

  /** Photos that are on their way live in this page alone. */
  function whenSent() {
    if (onward && !unsent().count) onward();
    else paint();
  }

  const leaveThem = () => letGo() ?? onward();

  function open() {
    const opening = { now: null, loaded: null };
    liveSince = performance.now();
    opening.loaded = fetchCall().then(([{ Live }]) => {
      opening.now = new Live(root, setup, connection, paint);
      return opening.now;
    });
    opening.loaded.catch(() => {
      connection.stop(); // the server has another version by now
      hear(linkChanged("closed", CODE.VERSION_REFUSED)); // "load the page again"
    });
    return opening;
  }

  function close() {
    live?.loaded.then((opened) => opened.close(), () => undefined);
    live = null;
  }

  function paint() {
    root.dataset.phase = room.phase;
    const shown = room.phase === "live" && setup.stage ? "connecting" : room.phase;
    for (const part of root.querySelectorAll("[data-phases]")) {
      part.hidden = !part.dataset.phases.split(" ").includes(shown);
    }
    const left = unsent();
    const isSending = left.count > 0 && (room.phase === "ended" || room.phase === "closed");
    const now = () => (live?.now ? live.now.standing(room) : statusOf(room, performance.now() - liveSince));
    const status = isSending ? { key: "sending", tone: "info", percent: left.percent } : now();
    const own = status && setup.overUrl && setup.words[`status_${status.key}_patient`];
    const text = status ? fill(own || (setup.words[`status_${status.key}`] ?? ""), status) : "";
    for (const line of root.querySelectorAll("[data-part=status]")) {
      line.hidden = !text;
      line.dataset.tone = status?.tone ?? "";
      const words = line.querySelector("[data-part=status-text]") ?? line;
      if (words.textContent !== text) words.textContent = text;
    }
    const hidden = { "by-phone": !status?.isPhone, again: isOver(room, setup), "leave-them": !isSending || !onward };
    for (const [name, isHidden] of Object.entries(hidden)) if (find(name)) find(name).hidden = isHidden;
    const place = find("place");
    if (place && room.place) place.textContent = String(room.place);
    paintWait(root, room.wait, setup.words);
  }

  /** On a phone, picture or record. */
  function turn(event) {
    const to = event.target.closest("[data-view-to]")?.dataset.viewTo;
    if (!to) return;
    root.dataset.view = to;
    for (const each of root.querySelectorAll("[data-view-to]")) {
      each.setAttribute("aria-pressed", String(each.dataset.viewTo === to));
    }
  }

  root.addEventListener("click", turn);
  find("leave-them")?.addEventListener("click", leaveThem);
  window.addEventListener("unsent", whenSent);
  const clock = setInterval(() => room.phase === "live" && paint(), PAINT_EVERY);
  const lookAway = onReturn(() => connection.probe());
  const letSleep = stayAwake();
  paint();
  connection.start();
  return () => {
    letSleep();
    clearInterval(clock);
    window.removeEventListener("unsent", whenSent);
    root.removeEventListener("click", turn);
    lookAway();
    connection.stop();
    close();
  };
}

/** Whether there is no way back in; a patient whose hour has changed gets another link. */
const isOver = ({ phase, code }, { overUrl }) =>
  (phase === "ended" ? code !== END.BY_PHONE : code === CODE.CALL_OVER) || (code === CODE.CALL_MOVED && Boolean(overUrl));
