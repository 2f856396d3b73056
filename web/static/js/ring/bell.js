/**
 * The bell of a rung doctor: sound, badge in the title, vibration, and a notice while the tab is hidden.
 * It rings as long as the part names requests in data-ringing. One tab sounds for all that are open:
 * the one that holds the lock "ring"; a tab nobody has touched yet cannot sound and does not ask for it.
 * Touching a page, the on-duty switch included, unlocks the sound; the pages that follow in the tab try at
 * once, and browsers that let a touch count for the whole site sound there before anybody touches them.
 */

import { tellSeen } from "./seen.js";

const EVERY_MS = 2200;
const UNLOCKED = "ring-unlocked";
const known = new Set();
let context = null;
let timer = 0;
let release = null;
let plainTitle = "";

/** Return a title with the number of requests in front. */
export function titleWith(count, words, title) {
  return count ? `(${count}) ${words} – ${title}` : title;
}

/** Return which of the ids were not there before. */
export function newIds(ids, before) {
  return ids.filter((id) => !before.has(id));
}

function unlock() {
  if (!context && typeof AudioContext !== "undefined") context = new AudioContext();
  if (context && context.state === "suspended") context.resume().catch(() => {});
}

function remember() {
  try {
    sessionStorage.setItem(UNLOCKED, "1");
  } catch (error) {
    // Without storage each page is unlocked by its own first touch.
  }
}

function wasUnlocked() {
  try {
    return sessionStorage.getItem(UNLOCKED) === "1";
  } catch (error) {
    return false;
  }
}

function onTouch() {
  unlock();
  if (context) remember();
}

function tone(at, frequency) {
  const [oscillator, volume] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.4, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.4);
}

function sound() {
  if (!context || context.state !== "running") return;
  tone(context.currentTime, 880);
  tone(context.currentTime + 0.4, 660);
}

function ringOnce() {
  if (!context || context.state !== "running") return;
  if (release || !navigator.locks) sound();
  else {
    const hold = (lock) => {
      if (!lock || !timer) return undefined;
      sound();
      return new Promise((done) => (release = done));
    };
    navigator.locks.request("ring", { ifAvailable: true }, hold).catch(() => {});
  }
  if (navigator.vibrate) navigator.vibrate([300, 150, 300]);
}

function quiet() {
  clearInterval(timer);
  timer = 0;
  if (release) release();
  release = null;
}

function push(root, ids) {
  if (!ids.length || !document.hidden || typeof Notification === "undefined") return;
  if (Notification.permission !== "granted") return;
  try {
    const notice = new Notification(root.dataset.words, { body: root.dataset.text, tag: "urgent" });
    notice.onclick = () => window.focus();
  } catch (error) {
    // Some phones allow notices from a service worker only; the page itself still rings.
  }
}

if (wasUnlocked()) unlock();
document.addEventListener("pointerdown", onTouch);
document.addEventListener("keydown", onTouch);
document.addEventListener("ring-test", () => {
  onTouch();
  if (context) context.resume().then(sound, () => {});
});

export function mount(root) {
  const ids = root.dataset.ringing.split(" ").filter(Boolean);
  const fresh = newIds(ids, known);
  for (const id of ids) known.add(id);
  const onLook = () => tellSeen(ids);
  if (!plainTitle) plainTitle = document.title;
  document.title = titleWith(ids.length, root.dataset.words, plainTitle);
  if (!ids.length) quiet();
  else {
    if (!timer) timer = setInterval(ringOnce, EVERY_MS);
    if (fresh.length) ringOnce();
    push(root, fresh);
    tellSeen(ids);
  }
  document.addEventListener("visibilitychange", onLook);
  return () => document.removeEventListener("visibilitychange", onLook);
}
