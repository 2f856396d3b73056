/**
 * Keeps what is typed into a part of a page until the server has it: through a reload, an expired sign-in and a
 * power cut. The one place of the page that holds the keys; other modules import it when they need it.
 */
import { newId } from "../call/view.js";
import { fillFields, hasRoom, isSame, readFields } from "./fields.js";
import { importKeys } from "./seal.js";
import { letGo } from "./sent.js";
import { openShelf } from "./shelf.js";
import { Store } from "./store.js";

const KEEP_MS = 150;
const AGAIN_MS = 10000;

const home = () => document.getElementById("drafts");
export const words = () => home().dataset;

/** 09:41, and the day where it is another one. @param {number} at */
export function timeOf(at) {
  const [then, now] = [new Date(at), new Date()];
  const time = then.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return then.toDateString() === now.toDateString() ? time : `${time}, ${then.toLocaleDateString("vi-VN")}`;
}

async function askForKeys() {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "X-CSRF-Token": token, "X-Acting-As": home().dataset.owner };
  const answer = await fetch(home().dataset.keys, { method: "POST", headers, redirect: "error" });
  if (!answer.ok) throw new Error(`keys: ${answer.status}`);
  const { keys, days } = await answer.json();
  return { keys: await importKeys(keys), days };
}

let opening = null;

/** The drafts of whoever this page was made for. @param {boolean} isWriting whether something will be typed here */
export async function openDrafts(isWriting) {
  if (!opening) {
    opening = (async () => {
      const shelf = await openShelf();
      const store = new Store({ owner: home().dataset.owner, shelf, keys: askForKeys, newId, now: Date.now });
      return letGo(await store.open(isWriting));
    })();
    // A line that dropped just then is no reason to keep nothing for as long as the page is open.
    opening.catch(() => (opening = null));
  }
  const store = await opening;
  if (isWriting) await store.unlock();
  return store;
}

/** Say that nothing typed here is kept by this machine: a private window, a full disk, no safe line. */
function warn(isUnkept = true) {
  const place = home().querySelector("[data-part=unkept]");
  if (place.hidden === !isUnkept) return;
  place.hidden = !isUnkept;
  if (isUnkept) home().hidden = false;
}

/**
 * @param {HTMLElement} root with data-draft, the address its fields are sent to
 * @param {{isPrinted: boolean, onRestore: () => void}} how `isPrinted`: what the page shows, the server has
 */
export async function keep(root, { isPrinted, onRestore }) {
  const place = root.dataset.draft;
  let store = null;
  let timer = 0;
  let opens = 0;
  let isKept = true;
  const note = root.querySelector("[data-part=restored]");
  const label = [document.querySelector("h1"), root.querySelector("label, legend, h2")]
    .map((each) => (each ? each.textContent.trim().replace(/\s+/g, " ") : ""))
    .filter(Boolean)
    .join(": ");

  async function write() {
    clearTimeout(timer);
    timer = 0;
    if (!store) return;
    try {
      await store.put({ place, page: location.pathname, label, fields: readFields(root) });
      isKept = timer === 0;
      warn(false);
    } catch {
      warn();
    }
  }

  function restore() {
    const draft = store.newest(place);
    if (!draft) return;
    if (isSame(root, draft.fields)) {
      store.adopt(draft);
      if (isPrinted) store.drop(place);
      return;
    }
    if (root.dataset.state || !hasRoom(root, draft.fields)) {
      // One types already, or its field is gone: it stays among what is left, to be read there.
      draft.isStuck = true;
      document.dispatchEvent(new CustomEvent("drafts-left"));
      return;
    }
    fillFields(root, draft.fields);
    store.adopt(draft);
    if (note) {
      note.textContent = words().restored.replace("{time}", timeOf(draft.at));
      note.hidden = false;
    }
    onRestore();
  }

  async function begin() {
    try {
      store = await openDrafts(true);
    } catch {
      warn();
      opens = setTimeout(begin, AGAIN_MS);
      return;
    }
    warn(false);
    restore();
    if (!isKept) await write();
  }

  const flush = () => timer && write();
  document.addEventListener("visibilitychange", flush);
  window.addEventListener("pagehide", flush);
  await begin();
  return {
    typed() {
      isKept = false;
      clearTimeout(timer);
      timer = setTimeout(write, KEEP_MS);
    },
    async acknowledged() {
      clearTimeout(timer);
      timer = 0;
      isKept = true;
      if (note && !note.hidden) note.textContent = words().sent;
      if (store) await store.drop(place).catch(() => undefined);
    },
    isSafe: () => Boolean(store) && isKept,
    dispose() {
      flush();
      clearTimeout(opens);
      document.removeEventListener("visibilitychange", flush);
      window.removeEventListener("pagehide", flush);
    },
  };
}
