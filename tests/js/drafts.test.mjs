/** Drafts on the device: sealed for one member, two tabs apart, gone when acknowledged, old or without a key. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { wordsOf } from "../../web/static/js/drafts/fields.js";
import { importKeys, seal, unseal } from "../../web/static/js/drafts/seal.js";
import { Store } from "../../web/static/js/drafts/store.js";

const secretOf = (byte) => Buffer.alloc(32, byte).toString("base64");
const given = (name, byte) => ({ id: name, secret: secretOf(byte) });
const NOW = Date.UTC(2026, 10, 23, 1);
const DAY = 86_400_000;

class Shelf {
  constructor() {
    this.rows = new Map();
  }
  all = async () => [...this.rows.values()];
  put = async (row) => void this.rows.set(row.id, row);
  remove = async (ids) => ids.forEach((id) => this.rows.delete(id));
}

let minted = 0;
const asked = [];
function store(shelf, { owner = "nurse", keys = [given("k1", 1)], now = NOW } = {}) {
  const ask = async () => {
    asked.push(owner);
    return { keys: await importKeys(keys), days: 14 };
  };
  return new Store({ owner, shelf, keys: ask, newId: () => `id${(minted += 1)}`, now: () => now });
}
const draft = (text, place = "/visits/1/station/history") => ({ place, page: "/p", label: "", fields: [["text", text, false]] });
const textOf = (found) => found && found.fields[0][1];

test("what was sealed is read back with the same key, and nothing of it lies in the clear", async () => {
  const keys = await importKeys([given("k1", 1)]);
  const record = await seal(keys, { id: "a", owner: "nurse", at: NOW }, { text: "Ho ra máu" });
  assert.ok(!Buffer.from(record.sealed).includes(Buffer.from("Ho ra")));
  assert.deepEqual(await unseal(keys, record), { text: "Ho ra máu" });
});

test("another key, another owner or another time open nothing", async () => {
  const keys = await importKeys([given("k1", 1)]);
  const record = await seal(keys, { id: "a", owner: "nurse", at: NOW }, { text: "Ho ra máu" });
  assert.equal(await unseal(await importKeys([given("k1", 2)]), record), null);
  assert.equal(await unseal(await importKeys([given("k2", 1)]), record), null);
  for (const change of [{ owner: "colleague" }, { at: NOW + 1 }, { id: "b" }]) {
    assert.equal(await unseal(keys, { ...record, ...change }), null);
  }
});

test("the same text sealed twice looks different", async () => {
  const keys = await importKeys([given("k1", 1)]);
  const of = { id: "a", owner: "nurse", at: NOW };
  const [one, other] = [await seal(keys, of, "x"), await seal(keys, of, "x")];
  assert.notDeepEqual(one.sealed, other.sealed);
});

test("keys cannot be read back", async () => {
  const [{ key }] = await importKeys([given("k1", 1)]);
  await assert.rejects(crypto.subtle.exportKey("raw", key));
});

test("a draft survives the page it was typed on", async () => {
  const shelf = new Shelf();
  const first = await store(shelf).open(true);
  await first.put(draft("Ho"));
  await first.put(draft("Ho ra máu"));
  assert.equal(shelf.rows.size, 1);
  const second = await store(shelf).open(true);
  assert.equal(textOf(second.newest("/visits/1/station/history")), "Ho ra máu");
});

test("what was restored goes when it is acknowledged, with what was typed since", async () => {
  const shelf = new Shelf();
  await (await store(shelf).open(true)).put(draft("Ho"));
  const second = await store(shelf).open(true);
  second.adopt(second.newest("/visits/1/station/history"));
  await second.put(draft("Ho ra máu"));
  await second.drop("/visits/1/station/history");
  assert.equal(shelf.rows.size, 0);
});

test("two tabs on one place keep both texts", async () => {
  const shelf = new Shelf();
  const [one, other] = [await store(shelf).open(true), await store(shelf).open(true)];
  await one.put(draft("Ho"));
  await other.put(draft("Sốt"));
  await one.drop("/visits/1/station/history");
  const later = await store(shelf).open(true);
  assert.deepEqual(later.found.map(textOf), ["Sốt"]);
});

test("a colleague sees nothing, is asked for no key, and destroys nothing", async () => {
  const shelf = new Shelf();
  await (await store(shelf).open(true)).put(draft("Ho ra máu"));
  asked.length = 0;
  const colleague = await store(shelf, { owner: "colleague", keys: [given("k9", 9)] }).open(false);
  assert.deepEqual(colleague.found, []);
  assert.equal(colleague.lost, 0);
  assert.deepEqual(asked, []);
  assert.equal(shelf.rows.size, 1);
});

test("an older key still opens; a lost one is counted and its drafts erased", async () => {
  const shelf = new Shelf();
  await (await store(shelf).open(true)).put(draft("Ho"));
  const renewed = await store(shelf, { keys: [given("k2", 2), given("k1", 1)] }).open(false);
  assert.deepEqual(renewed.found.map(textOf), ["Ho"]);
  const bereft = await store(shelf, { keys: [given("k3", 3)] }).open(false);
  assert.deepEqual(bereft.found, []);
  assert.equal(bereft.lost, 1);
  assert.equal(shelf.rows.size, 0);
});

test("drafts of everybody are erased when they are too old", async () => {
  const shelf = new Shelf();
  await (await store(shelf).open(true)).put(draft("Ho"));
  await store(shelf, { owner: "colleague", now: NOW + 13 * DAY }).open(true);
  assert.equal(shelf.rows.size, 1);
  await store(shelf, { owner: "colleague", now: NOW + 15 * DAY }).open(true);
  assert.equal(shelf.rows.size, 0);
});

test("an erasure waits for the writing before it", async () => {
  const shelf = new Shelf();
  const opened = await store(shelf).open(true);
  opened.put(draft("Ho"));
  await opened.drop("/visits/1/station/history");
  assert.equal(shelf.rows.size, 0);
});

test("a full disk fails the writing, not the page: the next one is tried again", async () => {
  const shelf = new Shelf();
  const opened = await store(shelf).open(true);
  const put = shelf.put;
  shelf.put = async () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  await assert.rejects(opened.put(draft("Ho")));
  shelf.put = put;
  await opened.put(draft("Ho ra"));
  assert.equal(shelf.rows.size, 1);
});

test("the words of a draft are what a person typed, not what goes along with it", () => {
  const along = [["history_version", "3", false], ["pulse_at", "2026-11-23", false], ["is_sure", "on", false]];
  assert.equal(wordsOf([["history", "Hen", false], ["pulse", "88", false], ...along]), "Hen\n88");
});
