/** When a page should look whether its line still holds: the network or the person is back. */

/**
 * @param {() => void} look called while the page is seen
 * @returns {() => void} ends it
 */
export function onReturn(look) {
  const probe = () => document.visibilityState === "visible" && look();
  window.addEventListener("online", probe);
  navigator.connection?.addEventListener?.("change", probe); // from Wi-Fi to the mobile network and back
  document.addEventListener("visibilitychange", probe);
  return () => {
    window.removeEventListener("online", probe);
    navigator.connection?.removeEventListener?.("change", probe);
    document.removeEventListener("visibilitychange", probe);
  };
}
