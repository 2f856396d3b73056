/**
 * A call's page of staff: the call first. The record and all else that htmx brings leave the line to the first
 * picture; whoever asks for them before does not wait.
 */

import { provide } from "./boot.js";
import { insist } from "./call/insist.js";
import * as dialog from "./dialog.js";

const LATEST = 8000; // ms: a page without a call has them, too
const ASKED = "[data-view-to=record], [data-dialog=ask-in]";

provide("dialog", dialog);

/** Resolves when somebody asks, when the call says that it has what it needs, or when that takes long. */
const due = new Promise((resolve) => {
  document.addEventListener("settled", resolve, { once: true });
  document.addEventListener("click", ({ target }) => target.closest(ASKED) && resolve());
  setTimeout(resolve, LATEST);
});

/** htmx waits for a page to be parsed, and one that is parsed but still loading tells nobody any more. */
const loaded = new Promise((resolve) => {
  if (document.readyState === "complete") resolve();
  else window.addEventListener("load", resolve, { once: true });
});

const look = (address) => () => fetch(address, { cache: "no-store" });

/** @param {string} address @returns {Promise<void>} */
function run(address) {
  const script = document.createElement("script");
  const done = new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = reject;
  });
  script.src = address;
  document.head.append(script);
  return done;
}

/** @param {string} htmx its address */
async function bring(htmx) {
  await Promise.all([due, loaded]);
  const beside = (again) => new URL(`./beside.js${again}`, import.meta.url).href;
  await insist((again) => (again ? import(beside(again)) : import("./beside.js")), look(beside("")));
  await insist((again) => run(htmx + again), look(htmx));
}

const htmx = document.querySelector("meta[name=htmx]"); // a part of the page, asked for alone, goes without
if (htmx) bring(htmx.content).catch((error) => console.error("beside", error)); // the server has another version by now
