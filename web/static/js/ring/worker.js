/**
 * The worker a browser runs when its vendor says that something rings: the pages may all be closed. The
 * message is empty, so the words are fixed; what rings stands on the page, for whoever is signed in.
 */

const WORDS = "Có trạm đang gọi khẩn";
const TEXT = "Chạm để mở và nhận.";
const PAGE = "/ring";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const look = { body: TEXT, tag: "urgent", renotify: true, requireInteraction: true, lang: "vi" };
  event.waitUntil(self.registration.showNotification(WORDS, look));
});

async function bringUp() {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  // Every page of ours shows what rings, and one may be a call: it is brought up, never led elsewhere.
  return open.length ? open[0].focus() : self.clients.openWindow(PAGE);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(bringUp());
});
