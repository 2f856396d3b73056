/**
 * Counts the seconds the server gave down to zero. The clock of the machine plays no part.
 * At zero the root gets the event "expired", or the page named by data-at-end is opened.
 */

/** Return 252 as 04:12. */
export function clockText(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  return [Math.floor(left / 60), left % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

export function mount(root) {
  const clock = root.querySelector("[data-part=clock]");
  const bar = root.querySelector("[data-part=bar]");
  const ends = performance.now() + Number(root.dataset.seconds) * 1000;
  const timer = setInterval(tick, 1000);
  function tick() {
    const left = (ends - performance.now()) / 1000;
    clock.textContent = clockText(left);
    if (bar) bar.value = Math.max(0, left);
    root.dataset.state = left < 60 ? "soon" : "";
    if (left > 0) return;
    clearInterval(timer);
    root.dataset.state = "over";
    root.dispatchEvent(new CustomEvent("expired", { bubbles: true }));
    if (root.dataset.atEnd) window.location.assign(root.dataset.atEnd);
  }
  tick();
  return () => clearInterval(timer);
}
