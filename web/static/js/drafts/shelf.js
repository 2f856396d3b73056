/** Where sealed drafts lie on this machine: IndexedDB, written through to the disk before it is called kept. */

const NAME = "drafts";
const STORE = "sealed";

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const finished = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onerror = () => reject(transaction.error);
    // A full disk aborts without an error of any one request.
    transaction.onabort = () => reject(transaction.error || new Error("aborted"));
  });

/** Open the shelf; rejects where the browser keeps nothing (private windows of some). */
export async function openShelf() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
  const database = await settled(request);
  database.onversionchange = () => database.close();

  async function change(act) {
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    const done = finished(transaction);
    act(transaction.objectStore(STORE));
    await done;
  }

  return {
    /** @returns {Promise<import("./seal.js").Sealed[]>} of everybody who used this machine */
    all: () => settled(database.transaction(STORE).objectStore(STORE).getAll()),
    put: (record) => change((store) => store.put(record)),
    remove: (ids) => change((store) => ids.forEach((id) => store.delete(id))),
  };
}
