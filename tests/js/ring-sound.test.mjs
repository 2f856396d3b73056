import assert from "node:assert/strict";
import test from "node:test";

/** A browser tab: what it stores stays, pages come and go, and it says when audio may start. */
class Tab {
  tones = [];
  stored = new Map();
  contexts = 0;
  mayStart = false;

  async open() {
    const [tab, heard] = [this, {}];
    globalThis.document = {
      title: "Hàng chờ",
      hidden: true,
      querySelector: () => null,
      addEventListener: (name, act) => (heard[name] = act),
      removeEventListener: () => {},
    };
    globalThis.sessionStorage = {
      getItem: (key) => tab.stored.get(key) ?? null,
      setItem: (key, value) => tab.stored.set(key, value),
    };
    globalThis.AudioContext = class {
      state = tab.mayStart ? "running" : "suspended";
      currentTime = 10;
      destination = {};
      constructor() {
        tab.contexts += 1;
      }
      resume() {
        if (tab.mayStart) this.state = "running";
        return Promise.resolve();
      }
      createGain() {
        const gain = { setValueAtTime: () => {}, exponentialRampToValueAtTime: () => {} };
        return { gain, connect: (to) => to };
      }
      createOscillator() {
        const frequency = {};
        return {
          frequency,
          connect: (to) => to,
          start: (at) => tab.tones.push([frequency.value, at]),
          stop: () => {},
        };
      }
    };
    this.pages = (this.pages ?? 0) + 1;
    const bell = await import(`../../web/static/js/ring/bell.js?${Math.random()}`);
    return {
      /** A person touches the page: from then on this page may sound. */
      touch: () => {
        tab.mayStart = true;
        heard.pointerdown?.();
      },
      tryOut: async () => {
        tab.mayStart = true;
        heard["ring-test"]();
        await Promise.resolve();
      },
      ring: (ids) =>
        bell.mount({ dataset: { ringing: ids, words: "Gọi khẩn", text: "Mở trang để trả lời" } }),
    };
  }
}

Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });

const ONCE = [
  [880, 10],
  [660, 10.4],
];

test("a page nobody has touched is silent, and asks for no sound", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const tab = new Tab();
  const page = await tab.open();
  page.ring("a");
  t.mock.timers.tick(9000);
  assert.deepEqual([tab.tones, tab.contexts], [[], 0]);
  page.ring("");
});

test("after a touch it rings two tones every 2.2 seconds until nothing rings", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const tab = new Tab();
  const page = await tab.open();
  page.touch();
  assert.deepEqual(tab.tones, []);
  page.ring("a");
  assert.deepEqual(tab.tones, ONCE);
  t.mock.timers.tick(2200);
  assert.deepEqual(tab.tones, [...ONCE, ...ONCE]);
  page.ring("a");
  assert.equal(tab.tones.length, 4, "the same request is no new one");
  page.ring("");
  t.mock.timers.tick(9000);
  assert.equal(tab.tones.length, 4);
});

test("the button that tries the sound rings once", async () => {
  const tab = new Tab();
  await (await tab.open()).tryOut();
  assert.deepEqual(tab.tones, ONCE);
});

test("the page after the switch rings untouched where the browser lets it", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const tab = new Tab();
  (await tab.open()).touch();
  const next = await tab.open();
  next.ring("a");
  assert.deepEqual(tab.tones, ONCE);
  next.ring("");
});

test("where the browser does not let it, the first touch makes the running ring heard", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const tab = new Tab();
  (await tab.open()).touch();
  tab.mayStart = false;
  const next = await tab.open();
  next.ring("a");
  t.mock.timers.tick(2200);
  assert.deepEqual(tab.tones, []);
  next.touch();
  t.mock.timers.tick(2200);
  assert.deepEqual(tab.tones, ONCE);
  next.ring("");
});

test("another tab, which nobody has touched, tries nothing", async () => {
  (await new Tab().open()).touch();
  const other = new Tab();
  await other.open();
  assert.equal(other.contexts, 0);
});
