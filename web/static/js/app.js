/** Staff pages: modules, live parts, and what the person must know about the connection. */

import { boot, dispose } from "./boot.js";
import * as connection from "./connection.js";
import { start } from "./live.js";

const token = document.querySelector('meta[name="csrf-token"]');
const isLive = (event) => event.detail.elt.hasAttribute("data-live");

document.addEventListener("htmx:load", (event) => {
  boot(event.detail.elt);
  start(document);
});
document.addEventListener("htmx:beforeCleanupElement", (event) => dispose(event.detail.elt));
document.addEventListener("htmx:configRequest", (event) => {
  if (token) event.detail.headers["X-CSRF-Token"] = token.content;
});
document.addEventListener("htmx:sendError", (event) => connection.tell(isLive(event) ? "stale" : "failed"));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) connection.tell("expired");
  else connection.tell(isLive(event) ? "stale" : "failed");
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) connection.clear();
});

connection.watch();
start(document);
