/** Keeps what a doctor accepted, as long as any page of theirs is open; the token says which lease. */

const token = document.querySelector('meta[name="csrf-token"]');

export function mount(root) {
  const every = Number(root.dataset.every) * 1000;
  if (!every) return undefined;
  const renew = () => {
    const body = new URLSearchParams({ token: root.dataset.token, csrf_token: token.content });
    // A lease that is lost is told by the part itself, which the server's word makes print anew.
    fetch(root.dataset.action, { method: "POST", body, credentials: "same-origin" }).catch(() => {});
  };
  renew();
  const timer = setInterval(renew, every);
  return () => clearInterval(timer);
}
