/** What steers a call over a line that is weak: not needed for its first picture, and fetched beside it. */
import { fetchModule } from "./insist.js";
import { once } from "./once.js";

/** @returns {Promise<typeof import("./pilot.js")>} */
export const fetchPilot = once(() => fetchModule("pilot", () => import("./pilot.js")));
