/**
 * Mounts behaviour onto elements that name it: data-module="countdown" loads ./countdown.js,
 * "call/device" loads ./call/device.js. A module exports mount(root) and returns its dispose function.
 * With data-fetch="touched" it is fetched when somebody begins to use the element, and not before.
 */

import { wake } from "./awake.js";

const NAME = /^[a-z]+(?:-[a-z]+)*(?:\/[a-z]+(?:-[a-z]+)*)?$/;
const mounted = new Map();
const pressed = new Map();
const known = new Map();
const TOUCHES = ["click", "change", "drop"];

/** Give a module that came in the same file: nobody waits for it. */
export function provide(name, module) {
  known.set(name, module);
}

export function isModuleName(name) {
  return NAME.test(name);
}

function withModules(root) {
  const inside = Array.from(root.querySelectorAll("[data-module]"));
  return root.matches && root.matches("[data-module]") ? [root, ...inside] : inside;
}

/** A module may come seconds after its page: what was pressed meanwhile, and does nothing alone, is pressed again. */
function keepPress(event) {
  const button = event.target.closest("button");
  if (!button || (button.form && button.type !== "button")) return;
  const owner = button.closest("[data-module]");
  if (pressed.has(owner)) pressed.set(owner, button);
}

function pressAgain(element) {
  const button = pressed.get(element);
  pressed.delete(element);
  if (button && button.isConnected) button.click();
}

const isForLater = (element) => element.dataset.fetch === "touched";

/** A file may have been chosen before anybody listened: on a page still loading, in a part that has just come. */
const holdsFiles = (element) =>
  Array.from(element.querySelectorAll("input[type=file]")).some((each) => each.files.length > 0);

/** Resolves when somebody uses the element; after a failure also when the browser says that it is online again. */
function touch(element, failed) {
  return new Promise((resolve) => {
    const go = () => {
      for (const kind of TOUCHES) element.removeEventListener(kind, go, true);
      window.removeEventListener("online", go);
      resolve();
    };
    for (const kind of TOUCHES) element.addEventListener(kind, go, true);
    if (failed) window.addEventListener("online", go);
  });
}

/** Waits for the first touch, then fetches; what failed is fetched at the next, and until then the plain way is there. */
async function fetchLater(element) {
  for (let failed = false; ; failed = true) {
    if (failed || !holdsFiles(element)) await touch(element, failed);
    try {
      await Promise.all(namesOf(element).map(fetchModule));
      return;
    } catch (error) {
      console.warn(element.dataset.module, error);
    } finally {
      delete element.dataset.fetch;
    }
  }
}

const namesOf = (element) => element.dataset.module.split(/\s+/).filter(isModuleName);

const fetchModule = async (name) => known.get(name) || import(`./${name}.js`);

async function mountAll(element) {
  const disposers = [];
  mounted.set(element, disposers);
  pressed.set(element, null);
  if (isForLater(element)) await fetchLater(element);
  for (const name of namesOf(element)) {
    const { mount } = await fetchModule(name);
    if (!mounted.has(element)) return;
    const dispose = mount(element);
    if (dispose) disposers.push(dispose);
  }
  wake(element);
  pressAgain(element);
}

/**
 * Mount everything in `root` that is not mounted yet; resolves when all of it answers, or has said why it cannot,
 * but for what waits to be touched.
 */
export function boot(root) {
  const fresh = withModules(root).filter((element) => !mounted.has(element));
  return Promise.all(
    fresh.map((element) => {
      const isLater = isForLater(element);
      const answer = mountAll(element).catch((error) => console.error(element.dataset.module, error));
      return isLater ? undefined : answer;
    }),
  );
}

/** Undo `boot` for an element that leaves the page. */
export function dispose(root) {
  for (const element of withModules(root)) {
    for (const stop of mounted.get(element) || []) stop();
    mounted.delete(element);
    pressed.delete(element);
  }
}

if (typeof document !== "undefined") {
  document.documentElement.dataset.script = "on";
  document.addEventListener("click", keepPress, true);
  // Once the rest of this file has run, and given what it brings.
  const ready = Promise.resolve().then(() => boot(document));
  ready.then(() => {
    document.documentElement.dataset.script = "ready";
  });
}
