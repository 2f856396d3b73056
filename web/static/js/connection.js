/** One line under the bar: offline, out of date, failed. The words come with the page. */

const place = () => document.getElementById("live-state");

/** Show one of the texts the page carries: offline, stale, failed, expired, other (somebody else is signed in). */
export function tell(what) {
  const bar = place();
  if (!bar || bar.dataset.state === what) return;
  bar.dataset.state = what;
  bar.textContent = bar.dataset[what] || "";
  if (!["expired", "other"].includes(what)) return;
  // Beside this page, which stays as it is: what was typed goes on being saved as soon as one is back.
  const link = document.createElement("a");
  link.href = "/sign-in";
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = bar.dataset.again;
  bar.append(" ", link);
}

/** Take the line away; what a person did wrong is never said here, so nothing is lost. */
export function clear() {
  const bar = place();
  if (!bar || !bar.dataset.state || !navigator.onLine) return;
  delete bar.dataset.state;
  bar.textContent = "";
}

/** Follow the browser's own idea of being on line. */
export function watch() {
  window.addEventListener("offline", () => tell("offline"));
  window.addEventListener("online", clear);
  if (!navigator.onLine) tell("offline");
}
