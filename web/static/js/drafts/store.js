/**
 * The drafts of whoever is signed in on this page. Each page writes under ids of its own, so two tabs never
 * overwrite each other's words; what one page has restored from another's goes when it is acknowledged.
 */
import { seal, unseal } from "./seal.js";

const DAY_MS = 86_400_000;

/**
 * @typedef {object} Draft
 * @property {string} id
 * @property {number} at when it was typed last, in milliseconds
 * @property {string} place the address it is sent to
 * @property {string} page the address of the page it was typed on
 * @property {string} label
 * @property {[string, string, boolean][]} fields name, value, whether ticked
 */

export class Store {
  /** @param {{owner: string, shelf: any, keys: () => Promise<{keys: any[], days: number}>, newId: () => string, now: () => number}} with_ */
  constructor({ owner, shelf, keys, newId, now }) {
    Object.assign(this, { owner, shelf, newId, now, ask: keys });
    /** @type {Draft[]} as they lay here when the page opened */
    this.found = [];
    this.lost = 0;
    this.own = new Map();
    this.last = Promise.resolve();
    this.keys = null;
  }

  /** Read what lies here. Without drafts of one's own no key is asked for, unless `isWriting`. */
  async open(isWriting) {
    const records = await this.shelf.all();
    const mine = records.filter((each) => each.owner === this.owner);
    if (mine.length || isWriting) await this.unlock();
    await this.forget(records);
    const opened = await Promise.all(mine.map(async (each) => ({ record: each, content: await unseal(this.keys, each) })));
    const gone = opened.filter((each) => !each.content).map((each) => each.record.id);
    if (gone.length) await this.shelf.remove(gone);
    this.lost = gone.length;
    this.found = opened
      .filter((each) => each.content)
      .map(({ record, content }) => ({ ...content, id: record.id, at: record.at }))
      .sort((one, other) => other.at - one.at);
    return this;
  }

  /** The keys, asked for once and kept in the memory of the page alone. */
  async unlock() {
    if (this.keys) return;
    const { keys, days } = await this.ask();
    this.keys = keys;
    this.days = days;
  }

  /** @private Erase what is too old, whoever wrote it. */
  async forget(records) {
    const before = this.now() - (this.days || 14) * DAY_MS;
    const old = records.filter((each) => each.at < before).map((each) => each.id);
    if (old.length) await this.shelf.remove(old);
  }

  /** The newest draft for a place, as the page found it. @param {string} place */
  newest(place) {
    return this.found.find((each) => each.place === place) || null;
  }

  /** Take a found draft on: it goes with the page's own when the place is acknowledged. @param {Draft} draft */
  adopt(draft) {
    this.idsOf(draft.place).push(draft.id);
    this.found = this.found.filter((each) => each !== draft);
  }

  /** @private the first id is the page's own */
  idsOf(place) {
    if (!this.own.has(place)) this.own.set(place, [this.newId()]);
    return this.own.get(place);
  }

  /** Seal and keep; resolves when it is on the disk. @param {Omit<Draft, "id" | "at">} content */
  put(content) {
    const of = { id: this.idsOf(content.place)[0], owner: this.owner, at: this.now() };
    return this.next(async () => this.shelf.put(await seal(this.keys, of, content)));
  }

  /** Erase what was kept for a place: the server has it. @param {string} place */
  drop(place) {
    return this.next(() => this.shelf.remove(this.idsOf(place)));
  }

  /** Erase a draft that nobody wants. @param {Draft} draft */
  discard(draft) {
    this.found = this.found.filter((each) => each !== draft);
    return this.next(() => this.shelf.remove([draft.id]));
  }

  /** @private One after the other: an erasure must not overtake the writing before it. */
  next(act) {
    const done = this.last.then(act, act);
    this.last = done.catch(() => undefined);
    return done;
  }
}
