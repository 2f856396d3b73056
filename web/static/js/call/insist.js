/** What a call cannot do without, however often the link drops it. */

const PAUSES = [500, 1000, 2000, 4000, 8000];
const GONE = [404, 410];

/**
 * @template T
 * @param {(again: string) => Promise<T>} load told what makes the address another one: a browser may keep a failure under it
 * @param {() => Promise<Response>} look asks whether it is still there
 * @returns {Promise<T>} rejected only where the server has it no longer
 */
export async function insist(load, look) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await load(tries ? `?${tries}` : "");
    } catch (error) {
      if (GONE.includes((await look().catch(() => null))?.status)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(tries, PAUSES.length - 1)]));
  }
}

const at = (name, again = "") => new URL(`./${name}.js${again}`, import.meta.url).href;
const look = (name) => () => fetch(at(name), { cache: "no-store" });

/** A module of this folder. @param {string} name @param {() => Promise<any>} load by its plain address */
export const fetchModule = (name, load) => insist((again) => (again ? import(at(name, again)) : load()), look(name));
