/**
 * Mounts behaviour onto elements that name it: data-module="countdown" loads ./countdown.js,
 * "call/device" loads ./call/device.js. A module exports mount(root) and returns its dispose function.
 */

const NAME = /^[a-z]+(?:-[a-z]+)*(?:\/[a-z]+(?:-[a-z]+)*)?$/;
const mounted = new Map();
const pressed = new Map();
const known = new Map();

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

async function mountAll(element) {
  const disposers = [];
  mounted.set(element, disposers);
  pressed.set(element, null);
  for (const name of element.dataset.module.split(/\s+/).filter(isModuleName)) {
    const { mount } = known.get(name) || (await import(`./${name}.js`));
    if (!mounted.has(element)) return;
    const dispose = mount(element);
    if (dispose) disposers.push(dispose);
  }
  pressAgain(element);
}

/** Mount everything in `root` that is not mounted yet; resolves when all of it answers, or has said why it cannot. */
export function boot(root) {
  const fresh = withModules(root).filter((element) => !mounted.has(element));
  return Promise.all(
    fresh.map((element) => mountAll(element).catch((error) => console.error(element.dataset.module, error))),
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
