/** The clock of the ring screen: counts up since the press, and down to the next level. */

const ROUND = 339.3;

/** Return 102 as 1:42. */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Return how much of the dial is drawn when so many seconds of the term are left. */
export function dash(left, term) {
  const gone = Math.min(1, Math.max(0, 1 - left / Math.max(1, term)));
  return `${(gone * ROUND).toFixed(1)} 340`;
}

export function mount(root) {
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const [up, down, arc] = [part("up"), part("down"), part("arc")];
  const began = performance.now();
  const tick = () => {
    const gone = (performance.now() - began) / 1000;
    const left = Math.max(0, Number(root.dataset.left) - gone);
    up.textContent = clockText(Number(root.dataset.seconds) + gone);
    down.textContent = String(Math.ceil(left));
    arc.setAttribute("stroke-dasharray", dash(left, Number(arc.dataset.term)));
  };
  tick();
  const timer = setInterval(tick, 1000);
  return () => clearInterval(timer);
}
