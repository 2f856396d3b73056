/** Tells the server once for each request that somebody has it before their eyes; the station sees that. */

const token = document.querySelector('meta[name="csrf-token"]');
const told = new Set();

export function tellSeen(ids) {
  if (document.hidden) return;
  for (const id of ids) {
    if (told.has(id)) continue;
    told.add(id);
    const body = new URLSearchParams({ csrf_token: token.content });
    fetch(`/urgent/${id}/seen`, { method: "POST", body, credentials: "same-origin" }).catch(() => {});
  }
}
