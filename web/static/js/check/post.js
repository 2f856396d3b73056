/** What a check tells the server, and what it says to that. */
import { Refused } from "./socket.js";

/** @param {string} url @param {Record<string, string>} headers @param {object} fields @returns {Promise<any>} rejects with Refused */
export async function post(url, headers, fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== "");
  const answer = await fetch(url, {
    method: "POST",
    headers,
    body: new URLSearchParams(given),
  }).catch(() => null);
  if (answer?.ok) return answer.json();
  const problem = await answer?.json().catch(() => null);
  throw new Refused(problem?.code ?? "closed");
}
