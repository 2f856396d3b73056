/**
 * The button that lets the ring be heard: browsers play nothing before somebody has touched the page.
 * It asks the bell to ring once, and the browser whether it may show a notice outside of the page.
 */

export function mount(root) {
  const button = root.querySelector("[data-part=button]");
  const word = root.querySelector("[data-part=word]");
  const tell = () => {
    if (typeof Notification !== "undefined" && Notification.permission === "denied") {
      word.textContent = root.dataset.denied;
    } else word.textContent = root.dataset.on;
    button.setAttribute("aria-pressed", "true");
  };
  const onClick = () => {
    document.dispatchEvent(new CustomEvent("ring-test"));
    if (typeof Notification === "undefined" || Notification.permission !== "default") tell();
    else Notification.requestPermission().then(tell, tell);
  };
  root.hidden = false;
  button.addEventListener("click", onClick);
  return () => button.removeEventListener("click", onClick);
}
