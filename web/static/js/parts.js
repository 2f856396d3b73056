/** What htmx brings into a staff page: its modules, live parts, and what the person must know about the connection. */

import { boot, dispose } from "./boot.js";
import * as connection from "./connection.js";
import * as found from "./found.js";
import { start } from "./live.js";

const token = document.querySelector('meta[name="csrf-token"]');
const owner = document.getElementById("drafts");
const isLive = (event) => event.detail.elt.hasAttribute("data-live");

/** Once for a page, before htmx itself begins. */
export function watch() {
  document.addEventListener("htmx:load", (event) => {
    boot(event.detail.elt);
    start(document);
  });
  document.addEventListener("htmx:beforeCleanupElement", (event) => dispose(event.detail.elt));
  document.addEventListener("htmx:configRequest", (event) => {
    if (token) event.detail.headers["X-CSRF-Token"] = token.content;
    // What is sent is for whoever this page was made for, and for nobody who signed in since.
    if (owner && event.detail.verb !== "get") event.detail.headers["X-Acting-As"] = owner.dataset.owner;
  });
  document.addEventListener("htmx:sendError", (event) => connection.tell(isLive(event) ? "stale" : "failed"));
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    // A part that refreshes itself leads to the sign-in page; not away from words that nobody has yet.
    const { xhr } = event.detail;
    const isLeaving = xhr.status === 401 && xhr.getResponseHeader("HX-Redirect");
    if (!isLeaving || !document.querySelector("[data-draft][data-state]")) return;
    event.preventDefault();
    connection.tell("expired");
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    const isOther = xhr.getResponseHeader("X-Error") === "signed-in-as-another";
    if (xhr.status === 401) connection.tell(isOther ? "other" : "expired");
    else connection.tell(isLive(event) ? "stale" : "failed");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) connection.clear();
  });
  connection.watch();
  found.watch();
  start(document);
}
