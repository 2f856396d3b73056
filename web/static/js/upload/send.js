/**
 * One file over a link that drops: announced, sent in checked parts, attached. No browser interface in here but
 * fetch. Progress is what the server acknowledged, so it never runs backwards.
 */

const FIRST_PART = 64 * 1024;
const LEAST_PART = 16 * 1024;
const MOST_PART = 256 * 1024;
const PART_SECONDS = 20;
const ATTACH_SECONDS = 120;
const QUICK_MS = 1500;
const WAITS_MS = [300, 700, 1500, 3000, 6000];
const BUSY = [408, 425, 429, 500, 502, 503, 504];
const LOST = 404;
const STARTS = 3;

/** Why sending ended for good; `code` is the server's, or `expired`. */
export class Refused extends Error {
  constructor(code, detail) {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}

/**
 * @typedef {object} Job
 * @property {Blob} blob
 * @property {() => string} newId mints a UUIDv7
 * @property {string} announceUrl
 * @property {string} uploadUrl to which the id of the upload is added
 * @property {string} attachUrl
 * @property {Record<string, string>} said what the file is to become: id of the attachment, kind, is_preview …
 * @property {Record<string, string>} headers proof that the page is ours
 * @property {(bytes: number) => void} onProgress acknowledged bytes
 * @property {(isUp: boolean) => void} onLink whether the server answers
 * @property {(milliseconds: number) => Promise<void>} pause
 * @property {() => number} now
 * @property {typeof fetch} fetch
 * @property {AbortSignal} [signal]
 */

/** Send one file; resolves with what it became, rejects with Refused. @param {Job} job */
export async function sendFile(job) {
  for (let start = 1; ; start += 1) {
    const upload = job.newId();
    try {
      await sendParts(job, upload);
      return await attach(job, upload);
    } catch (error) {
      // What was sent is gone at the server (given up for a day, or a restore): all of it goes once more.
      if (error.code !== "upload-not-found" || start === STARTS) throw error;
    }
  }
}

/** @param {Job} job @param {string} upload */
async function sendParts(job, upload) {
  const { blob } = job;
  let told = 0;
  const tell = (offset) => {
    told = Math.max(told, offset);
    job.onProgress(told);
  };
  const announced = { id: upload, media_type: blob.type, length: String(blob.size) };
  const answer = await asking(job, () => post(job, job.announceUrl, announced, PART_SECONDS));
  let offset = offsetOf(answer);
  let part = FIRST_PART;
  while (offset < blob.size) {
    tell(offset);
    const began = job.now();
    const size = part;
    const reply = await asking(
      job,
      () => patch(job, upload, offset, size),
      () => (part = Math.max(LEAST_PART, part / 2)),
    );
    offset = offsetOf(reply);
    if (job.now() - began < QUICK_MS) part = Math.min(MOST_PART, part * 2);
  }
  tell(offset);
}

/** @param {Job} job @param {string} upload */
async function attach(job, upload) {
  const answer = await asking(job, () => post(job, job.attachUrl, { ...job.said, upload_id: upload }, ATTACH_SECONDS));
  return answer.body;
}

/** Ask until there is an answer worth having; a silent link and a busy server are waited for. */
async function asking(job, ask, onFailure = () => undefined) {
  for (let tries = 0; ; tries += 1) {
    if (job.signal?.aborted) throw new Refused("given-up");
    let answer = null;
    try {
      answer = await ask();
    } catch {
      // No answer: the link is down, or cut in the middle.
    }
    if (answer && !BUSY.includes(answer.status)) {
      job.onLink(true);
      return judged(answer);
    }
    job.onLink(false);
    onFailure();
    const wait = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)];
    await job.pause(wait * (0.8 + 0.4 * Math.random()));
  }
}

function judged(answer) {
  const { status, body } = answer;
  if (status < 300 || body?.code === "upload-offset") return answer;
  if (status === 401 || body?.code === "csrf-refused") throw new Refused("expired");
  if (status === LOST && !body?.code) throw new Refused("upload-not-found");
  throw new Refused(body?.code ?? "failed", body?.detail);
}

/** Where to go on: told by the answer, or by its refusal of another place. */
const offsetOf = (answer) => answer.body?.facts?.offset ?? Number(answer.offset);

async function patch(job, upload, offset, size) {
  const bytes = await job.blob.slice(offset, offset + size).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const headers = {
    "Content-Type": "application/octet-stream",
    "Upload-Offset": String(offset),
    "Upload-Checksum": btoa(String.fromCharCode(...digest)),
  };
  return request(job, `${job.uploadUrl}${upload}`, { method: "PATCH", headers, body: bytes }, PART_SECONDS);
}

const post = (job, url, fields, seconds) =>
  request(job, url, { method: "POST", headers: {}, body: new URLSearchParams(fields) }, seconds);

async function request(job, url, options, seconds) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  try {
    const headers = { ...options.headers, ...job.headers, Accept: "application/json" };
    const answer = await job.fetch(url, { ...options, headers, redirect: "error", signal: stop.signal });
    const isJson = (answer.headers.get("content-type") ?? "").includes("json");
    const body = isJson ? await answer.json() : null;
    return { status: answer.status, body, offset: answer.headers.get("upload-offset") };
  } finally {
    clearTimeout(timer);
  }
}
