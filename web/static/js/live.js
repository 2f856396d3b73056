/**
 * Parts that print themselves again when something changed.
 *
 * One event stream serves the whole browser, because browsers allow six HTTP/1.1 connections to an
 * origin: the tab that holds the lock "live" reads /live and tells the others by BroadcastChannel.
 * Browsers without either read the stream in each visible tab. While the stream is down, every part
 * is asked for again each ten seconds; a stream the browser itself reopens goes on where it was
 * (Last-Event-ID), one we reopen begins with asking for everything. What changed while a page was on its
 * way is told, too: the stream is asked for it by the page's age, a tab that comes later asks the reading one.
 *
 * A part is [data-live="topic topic"]; it gets the event "live", on which htmx fetches it.
 */

import { isAsleep, isBusy, leadsAway } from "./live/busy.js";
import { keepFocus } from "./live/focus.js";
import { EVERYTHING, OLDEST_MS, STREAM, memory, streamOf, topicOf, wants } from "./live/news.js";

const POLL_MS = 10000;
const GATHER_MS = 150;
const AGAIN_MS = 2000;

/** Gathers changes and refreshes the parts they concern; waits for hidden tabs and half-typed fields. */
function refresher(root) {
  const due = new Set();
  let timer = 0;
  const run = () => {
    timer = 0;
    for (const part of due) {
      if (isBusy(part) || isAsleep(part)) continue;
      due.delete(part);
      if (part.isConnected) part.dispatchEvent(new CustomEvent("live"));
    }
    if (due.size && !document.hidden) again();
  };
  const again = () => {
    if (!timer) timer = setTimeout(run, AGAIN_MS);
  };
  const soon = () => {
    if (!timer) timer = setTimeout(run, GATHER_MS + Math.random() * GATHER_MS);
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && due.size) soon();
  });
  // What somebody began while the answer was on its way stays as well; the part is asked for again.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const part = detail.requestConfig.elt;
    if (!part.matches("[data-live]")) return;
    if (!isBusy(part)) return void Promise.resolve().then(keepFocus(part));
    detail.shouldSwap = false;
    due.add(part);
    soon();
  });
  // A part whose page has become another leads there: the answer to what was sent, too, and that comes first.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!leadsAway(event.detail)) return;
    event.preventDefault();
    due.add(event.detail.elt);
    again();
  });
  return (topic) => {
    for (const part of root.querySelectorAll("[data-live]")) {
      if (wants(part.dataset.live, topic)) due.add(part);
    }
    if (due.size) soon();
  };
}

/** When the page itself was asked for: what changed earlier is printed in it. */
function askedAt() {
  const [page] = performance.getEntriesByType("navigation");
  return performance.timeOrigin + (page ? page.requestStart : 0);
}

/** Read the stream until `stop`; polls while it is down. `onChange(topic)` hears of every change. */
function follow(onChange) {
  let source = null;
  let poll = 0;
  let retry = 0;
  const setPolling = (on) => {
    if (on && !poll) poll = setInterval(() => onChange(EVERYTHING), POLL_MS);
    if (!on && poll) poll = clearInterval(poll) || 0;
  };
  let address = streamOf(Date.now() - askedAt());
  let isBehind = !address;
  const open = () => {
    source = new EventSource(address || STREAM);
    source.addEventListener("open", () => {
      if (poll || isBehind) onChange(EVERYTHING);
      isBehind = false;
      setPolling(false);
    });
    source.addEventListener("change", (event) => onChange(topicOf(event.data)));
    source.addEventListener("error", () => {
      setPolling(true);
      address = "";
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, POLL_MS);
    });
  };
  open();
  return () => {
    clearTimeout(retry);
    setPolling(false);
    source.close();
  };
}

function followAlone(onChange) {
  let stop = document.hidden ? null : follow(onChange);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && stop) stop = stop() || null;
    else if (!document.hidden && !stop) {
      onChange(EVERYTHING);
      stop = follow(onChange);
    }
  });
}

let isStarted = false;

/** Start listening for the parts below `root`, once there are any: some come after the page did. */
export function start(root) {
  if (isStarted || !root.querySelector("[data-live]") || typeof EventSource === "undefined") return;
  isStarted = true;
  const refresh = refresher(root);
  if (!navigator.locks || typeof BroadcastChannel === "undefined") {
    followAlone(refresh);
    return;
  }
  const channel = new BroadcastChannel("live");
  const began = askedAt();
  let answer = () => {};
  channel.addEventListener("message", ({ data }) => (data.since ? answer(data.since) : refresh(data)));
  channel.postMessage({ since: began });
  const lead = () =>
    new Promise(() => {
      const heard = memory(Date.now() - began <= OLDEST_MS ? began : Date.now());
      answer = (at) => heard.since(at).forEach((topic) => channel.postMessage(topic));
      follow((topic) => {
        heard.keep(topic, Date.now());
        refresh(topic);
        channel.postMessage(topic);
      });
    });
  navigator.locks.request("live", lead).catch(() => followAlone(refresh));
}
