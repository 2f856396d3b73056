import assert from "node:assert/strict";
import test from "node:test";

const heard = {};
const shown = [];
const opened = [];
let windows = [];
globalThis.self = {
  addEventListener: (name, act) => (heard[name] = act),
  registration: { showNotification: async (...all) => shown.push(all) },
  clients: { matchAll: async () => windows, openWindow: async (page) => opened.push(page) },
};
await import("../../web/static/js/ring/worker.js");
const { isAble, keyBytes } = await import("../../web/static/js/ring/push.js");

async function tell(name, extra = {}) {
  let work = null;
  heard[name]({ waitUntil: (promise) => (work = promise), ...extra });
  await work;
}

test("a push shows fixed words, whatever came with it", async () => {
  await tell("push", { data: { text: () => "anything" } });
  assert.equal(shown[0][0], "Có trạm đang gọi khẩn");
  assert.deepEqual([shown[0][1].body, shown[0][1].tag], ["Chạm để mở và nhận.", "urgent"]);
});

test("a tap opens the ring page where no page is open", async () => {
  let closed = 0;
  await tell("notificationclick", { notification: { close: () => (closed += 1) } });
  assert.deepEqual([opened, closed], [["/ring"], 1]);
});

test("a tap brings up an open page and leads it nowhere", async () => {
  let focused = 0;
  windows = [{ focus: async () => (focused += 1) }];
  await tell("notificationclick", { notification: { close: () => {} } });
  assert.deepEqual([opened.length, focused], [1, 1]);
});

test("a key becomes the bytes a browser wants", () => {
  assert.deepEqual([...keyBytes("-_8B")], [251, 255, 1]);
});

test("a browser without push is not offered it", () => {
  assert.equal(isAble({ navigator: {}, PushManager: 1, Notification: 1 }), false);
  assert.equal(isAble({ navigator: { serviceWorker: 1 }, PushManager: 1, Notification: 1 }), true);
});
