/**
 * Tells the server once for each request that somebody has it before their eyes; the station sees that.
 * What did not arrive is told again with the next look.
 */

const token = document.querySelector('meta[name="csrf-token"]');
const told = new Set();

export function tellSeen(ids) {
  if (document.hidden) return;
  for (const id of ids) {
    if (told.has(id) || /^(call|alarm)-/.test(id)) continue; // those are answered, not seen
    told.add(id);
    const body = new URLSearchParams({ csrf_token: token.content });
    const forget = () => told.delete(id);
    fetch(`/urgent/${id}/seen`, { method: "POST", body, credentials: "same-origin" }).then(
      (answer) => answer.ok || forget(),
      forget,
    );
  }
}
