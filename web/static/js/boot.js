/**
 * Mounts behaviour onto elements that name it: data-module="countdown" loads ./countdown.js,
 * "call/device" loads ./call/device.js. A module exports mount(root) and returns its dispose function.
 */

const NAME = /^[a-z]+(?:-[a-z]+)*(?:\/[a-z]+(?:-[a-z]+)*)?$/;
const mounted = new Map();

export function isModuleName(name) {
  return NAME.test(name);
}

function withModules(root) {
  const inside = Array.from(root.querySelectorAll("[data-module]"));
  return root.matches && root.matches("[data-module]") ? [root, ...inside] : inside;
}

async function mountAll(element) {
  const disposers = [];
  mounted.set(element, disposers);
  for (const name of element.dataset.module.split(/\s+/).filter(isModuleName)) {
    const { mount } = await import(`./${name}.js`);
    if (!mounted.has(element)) return;
    const dispose = mount(element);
    if (dispose) disposers.push(dispose);
  }
}

/** Mount everything in `root` that is not mounted yet. */
export function boot(root) {
  for (const element of withModules(root)) {
    if (!mounted.has(element)) {
      mountAll(element).catch((error) => console.error(element.dataset.module, error));
    }
  }
}

/** Undo `boot` for an element that leaves the page. */
export function dispose(root) {
  for (const element of withModules(root)) {
    for (const stop of mounted.get(element) || []) stop();
    mounted.delete(element);
  }
}

if (typeof document !== "undefined") {
  document.documentElement.dataset.script = "on";
  boot(document);
}
