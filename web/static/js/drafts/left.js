/** What this machine still holds unsent of whoever is signed in, wherever on it they are. */

import { arrived } from "./sent.js";

const AFTER_MS = 1500;

export function mount(root) {
  const part = (from, name) => from.querySelector(`[data-part="${name}"]`);
  if (!root.dataset.owner || !window.indexedDB || !window.crypto || !crypto.subtle) return undefined;

  arrived();

  async function show() {
    const { openDrafts, words, timeOf } = await import("./keep.js");
    const { wordsOf } = await import("./fields.js");
    const store = await openDrafts(false);
    if (store.lost) {
      const gone = part(root, "lost");
      gone.textContent = words().lost.replace("{count}", store.lost);
      gone.hidden = root.hidden = false;
    }
    const here = new Set(Array.from(document.querySelectorAll("[data-draft]"), (each) => each.dataset.draft));
    // What belongs to this page is put back into its fields.
    const left = store.found.filter((each) => each.isStuck || !here.has(each.place) || store.own.has(each.place));
    const list = part(root, "list");
    list.replaceChildren(...left.map((draft) => itemOf(draft)));
    part(root, "left").hidden = !left.length;
    if (left.length) root.hidden = false;

    function itemOf(draft) {
      const item = part(root, "item").content.firstElementChild.cloneNode(true);
      const link = part(item, "link");
      link.textContent = draft.label;
      link.href = draft.page;
      part(item, "time").textContent = timeOf(draft.at);
      part(item, "text").textContent = wordsOf(draft.fields);
      part(item, "drop").onclick = async () => {
        await store.discard(draft);
        item.remove();
        part(root, "left").hidden = !list.children.length;
      };
      return item;
    }
  }

  const look = () => show().catch(() => undefined);
  // The fields of this page come first.
  const timer = setTimeout(look, AFTER_MS);
  document.addEventListener("drafts-left", look);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("drafts-left", look);
  };
}
