/** The ticket to a room: for one socket, within a minute. */
import { CODE } from "./protocol.js";

/** Refusals of the ticket after which trying again cannot help. */
const GONE = 410;
const FINAL = [400, 401, 403, 404, 409, GONE, 422];
const PATIENCE = 8000; // ms: a question into a cut line waits for minutes

/**
 * @param {string} csrf
 * @returns {(path: string, fields?: Record<string, string>, more?: RequestInit) => Promise<Response>}
 */
export function poster(csrf) {
  return (path, fields = {}, more = {}) =>
    fetch(path, {
      ...more,
      method: "POST",
      headers: { "X-CSRF-Token": csrf, Accept: "application/json" },
      body: new URLSearchParams(fields),
    });
}

/**
 * @param {any} setup of the page
 * @returns {Promise<string>} rejected with a code; `final` where trying again cannot help
 */
export async function getTicket(setup) {
  const { signal, late } = deadline();
  try {
    return await ticketFrom(await setup.post(setup.ticketUrl, setup.coLocated ? { co_located: "on" } : {}, { signal }));
  } finally {
    clearTimeout(late);
  }
}

function deadline() {
  const stop = new AbortController();
  return { signal: stop.signal, late: setTimeout(() => stop.abort(), PATIENCE) };
}

async function ticketFrom(answer) {
  if (answer.ok) return (await answer.json()).ticket;
  const code = answer.status === GONE ? CODE.CALL_OVER : "no-ticket";
  throw Object.assign(new Error(code), { final: FINAL.includes(answer.status), code });
}
