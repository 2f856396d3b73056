/**
 * Switches on being told while every page is closed: asks the person, lets the browser subscribe with its
 * vendor, and sends the form with the address it got. What cannot be done is said, and nothing is sent.
 */

/** Return a key written in base64url as the bytes a browser wants. */
export function keyBytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

export function isAble(scope) {
  return "serviceWorker" in scope.navigator && "PushManager" in scope && "Notification" in scope;
}

async function subscribe(key) {
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const old = await pushManager.getSubscription();
  // One made with another key would be refused for ever.
  if (old) await old.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: keyBytes(key) });
  return made.endpoint;
}

export function mount(root) {
  const button = root.querySelector("[data-part=button]");
  const word = root.querySelector("[data-part=word]");
  const say = (text) => {
    word.textContent = text;
    button.disabled = false;
  };
  const onSubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") return say(root.dataset.denied);
      root.elements.endpoint.value = await subscribe(root.dataset.key);
    } catch (error) {
      return say(root.dataset.unable);
    }
    return root.submit();
  };
  root.hidden = false;
  if (!isAble(window)) {
    button.hidden = true;
    word.textContent = root.dataset.unable;
    return undefined;
  }
  root.addEventListener("submit", onSubmit);
  return () => root.removeEventListener("submit", onSubmit);
}
