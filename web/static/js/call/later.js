/** What a call fetches besides itself: some of it at a press, the rest once there is a picture, to which the line is left. */
import { fetchModule } from "./insist.js";
import { once } from "./once.js";
import { part } from "./view.js";

const SHOWN_WITHIN = 3000; // ms: a line that has shown nothing by then needs what steers it

/** What is needed once there is a picture. @returns {Promise<typeof import("./during.js")>} */
export const fetchDuring = once(() => fetchModule("during", () => import("./during.js")));

/** Photos in full size. @param {import("./stills.js").Call} call */
export const stillsOf = (call) =>
  once(async () => new (await fetchModule("stills", () => import("./stills.js"))).Stills(call));

/** The choice of devices. @param {import("./picker.js").Call} call */
export const pickerOf = (call) =>
  once(async () => new (await fetchModule("picker", () => import("./picker.js"))).Picker(call));

/** One of the acts of desk.js. @param {string} name @param {HTMLElement} from @param {import("./live.js").Live} live */
export const act = async (name, from, live) => (await fetchModule("desk", () => import("./desk.js"))).act(name, from, live);

/**
 * Fetch the rest once there is a picture, where it is late, or where none is to come: then `settle` is called.
 * What is written before the chat has come is sent as soon as it has.
 * @param {import("./live.js").Live} live @param {Element} list where pictures appear
 * @returns {() => Promise<boolean>} settle; whether all of the call is there then
 */
export function settling(live, list) {
  const join = once(async () => {
    try {
      const { joined } = await fetchDuring();
      if (!live.isClosed) live.take(joined(live));
    } finally {
      live.root.dispatchEvent(new Event("settled", { bubbles: true })); // the page may fetch what it has beside the call
    }
  });
  const settle = () => join().then(() => !live.isClosed, () => false);
  list.addEventListener("loadeddata", settle, { capture: true, once: true });
  live.timers.push(setTimeout(settle, SHOWN_WITHIN));
  const form = part(live.root, "say");
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (await settle()) form.dispatchEvent(new Event("submit", { cancelable: true }));
  };
  return settle;
}
