/** The call's modules, fetched while somebody waits. */
import { fetchModule } from "./insist.js";
import { once } from "./once.js";

/**
 * The call's modules, and on a phone its stage, are not among what a page waits for.
 * @param {HTMLElement} root @param {any} setup with `stage` where the waiting room comes without it
 * @returns {() => Promise<any[]>}
 */
export function fetching(root, setup) {
  const live = once(() => fetchModule("live", () => import("./live.js")));
  const stage = once(async () => {
    if (setup.stage) await (await fetchModule("stage", () => import("./stage.js"))).fetchStage(root, setup);
  });
  return () => Promise.all([live(), stage()]);
}
