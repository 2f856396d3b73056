/**
 * Drafts sealed with AES-GCM under a member's keys. What stands beside the seal (whose, when, under which key)
 * is authenticated with it, so nothing can be put in another's place. Keys cannot be read back from here.
 */

const NONCE_BYTES = 12;

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/**
 * @typedef {{id: string, key: CryptoKey}} DraftKey
 * @typedef {{id: string, owner: string, key: string, at: number, nonce: Uint8Array, sealed: ArrayBuffer}} Sealed
 */

/** Keys as the server hands them out, the one that seals first. @param {{id: string, secret: string}[]} given */
export function importKeys(given) {
  const one = async ({ id, secret }) => {
    const key = await crypto.subtle.importKey("raw", bytesOf(secret), "AES-GCM", false, ["encrypt", "decrypt"]);
    return { id, key };
  };
  return Promise.all(given.map(one));
}

const beside = ({ id, owner, key, at }) => new TextEncoder().encode([id, owner, key, at].join("|"));

/** @param {DraftKey[]} keys @param {{id: string, owner: string, at: number}} of @returns {Promise<Sealed>} */
export async function seal(keys, of, content) {
  const record = { ...of, key: keys[0].id, nonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)) };
  const how = { name: "AES-GCM", iv: record.nonce, additionalData: beside(record) };
  const plain = new TextEncoder().encode(JSON.stringify(content));
  return { ...record, sealed: await crypto.subtle.encrypt(how, keys[0].key, plain) };
}

/** What was sealed; null when none of these keys opens it. @param {DraftKey[]} keys @param {Sealed} record */
export async function unseal(keys, record) {
  const found = keys.find((each) => each.id === record.key);
  if (!found) return null;
  try {
    const how = { name: "AES-GCM", iv: record.nonce, additionalData: beside(record) };
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, found.key, record.sealed)));
  } catch {
    return null;
  }
}
