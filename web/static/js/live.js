/**
 * Parts that print themselves again when something changed.
 *
 * One event stream serves the whole browser, because browsers allow six HTTP/1.1 connections to an
 * origin: the tab that holds the lock "live" reads /live and tells the others by BroadcastChannel.
 * Browsers without either read the stream in each visible tab. While the stream is down, every part
 * is asked for again each ten seconds; a stream the browser itself reopens goes on where it was
 * (Last-Event-ID), one we reopen begins with asking for everything.
 *
 * A part is [data-live="topic topic"]; it gets the event "live", on which htmx fetches it.
 */

const STREAM = "/live";
const POLL_MS = 10000;
const GATHER_MS = 150;
const EVERYTHING = "*";

/** Say whether a part that names these topics cares about a change of `topic`. */
export function wants(topics, topic) {
  return topic === EVERYTHING || topics.split(/\s+/).includes(topic);
}

/** Read the topic out of a stream message; anything unreadable refreshes everything. */
export function topicOf(data) {
  try {
    const { topic } = JSON.parse(data);
    return typeof topic === "string" ? topic : EVERYTHING;
  } catch (error) {
    return EVERYTHING;
  }
}

/** A half-typed field and an open question ("Cancel this appointment?") are left alone. */
function isBusy(part) {
  if (part.querySelector('details[open][data-module~="menu"]')) return true;
  const focused = document.activeElement;
  return part.contains(focused) && focused.matches("input:not([type=hidden]), textarea, select, dialog *");
}

/** What nobody looks at may wait, except for what has to be heard from a hidden tab. */
function isAsleep(part) {
  return document.hidden && !part.hasAttribute("data-live-hidden");
}

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
    if (due.size && !document.hidden) timer = setTimeout(run, 2000);
  };
  const soon = () => {
    if (!timer) timer = setTimeout(run, GATHER_MS + Math.random() * GATHER_MS);
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && due.size) soon();
  });
  return (topic) => {
    for (const part of root.querySelectorAll("[data-live]")) {
      if (wants(part.dataset.live, topic)) due.add(part);
    }
    if (due.size) soon();
  };
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
  const open = () => {
    source = new EventSource(STREAM);
    source.addEventListener("open", () => {
      if (poll) onChange(EVERYTHING);
      setPolling(false);
    });
    source.addEventListener("change", (event) => onChange(topicOf(event.data)));
    source.addEventListener("error", () => {
      setPolling(true);
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
  channel.addEventListener("message", (event) => refresh(event.data));
  const lead = () =>
    new Promise(() => {
      follow((topic) => {
        refresh(topic);
        channel.postMessage(topic);
      });
    });
  navigator.locks.request("live", lead).catch(() => followAlone(refresh));
}
