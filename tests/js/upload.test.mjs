/** Sending one file over a link that drops: what is asked, what is sent again, what is told. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { sendFile } from "../../web/static/js/upload/send.js";

const answer = (status, body = null, headers = {}) => ({
  status,
  headers: new Headers({ ...(body ? { "content-type": "application/json" } : {}), ...headers }),
  json: async () => body,
});

/** A server that keeps what it is sent, behind a link on which `link(step)` says what becomes of each request. */
class Far {
  constructor(link = () => "") {
    this.link = link;
    this.steps = 0;
    this.uploads = new Map();
    this.made = [];
  }

  fetch = async (url, options) => {
    const fate = this.link(this.steps++, url);
    if (fate === "lost") throw new TypeError("network");
    const reply = this.handle(url, options);
    if (fate === "answer lost") throw new TypeError("network");
    if (fate === "busy") return answer(503);
    return reply;
  };

  handle(url, { method, headers, body }) {
    if (url === "/announce") {
      if (!this.uploads.has(body.get("id"))) this.uploads.set(body.get("id"), Buffer.alloc(0));
      return this.progress(body.get("id"));
    }
    if (url === "/attach") {
      if (!this.uploads.has(body.get("upload_id"))) return answer(404, { code: "upload-not-found" });
      this.made.push(this.uploads.get(body.get("upload_id")));
      return answer(201, { id: body.get("id") });
    }
    assert.equal(method, "PATCH");
    const id = url.replace("/uploads/", "");
    if (!this.uploads.has(id)) return answer(404, { code: "upload-not-found" });
    const kept = this.uploads.get(id);
    const at = Number(headers["Upload-Offset"]);
    if (at !== kept.length) return answer(409, { code: "upload-offset", facts: { offset: kept.length } });
    const bytes = Buffer.from(body);
    assert.equal(headers["Upload-Checksum"], createHash("sha256").update(bytes).digest("base64"));
    this.uploads.set(id, Buffer.concat([kept, bytes]));
    return this.progress(id);
  }

  progress = (id) => answer(204, null, { "upload-offset": String(this.uploads.get(id).length) });
}

let ids = 0;
const job = (far, blob, told = []) => ({
  blob,
  newId: () => `upload-${++ids}`,
  announceUrl: "/announce",
  uploadUrl: "/uploads/",
  attachUrl: "/attach",
  said: { id: "photo" },
  headers: { "X-CSRF-Token": "proof" },
  onProgress: (bytes) => told.push(bytes),
  onLink: () => undefined,
  pause: async () => undefined,
  now: () => 0,
  fetch: far.fetch,
});
const content = Buffer.from(Array.from({ length: 700_000 }, (_, place) => (place * 31) % 251));
const blob = new Blob([content], { type: "image/jpeg" });

test("a file arrives whole, in parts that grow on a quick link", async () => {
  const far = new Far();
  assert.deepEqual(await sendFile(job(far, blob)), { id: "photo" });
  assert.deepEqual(far.made, [content]);
  assert.equal(far.steps, 6); // announced, 64, 128 and 256 KiB, the rest, attached
});

test("whatever is lost on the way, it arrives once and progress never runs backwards", async () => {
  const fates = ["", "lost", "answer lost", "busy", "answer lost", "", "lost"];
  for (let start = 0; start < fates.length; start += 1) {
    const told = [];
    const far = new Far((step) => fates[(start + step) % fates.length]);
    await sendFile(job(far, blob, told));
    assert.deepEqual(far.made.at(-1), content);
    assert.deepEqual(told, [...told].sort((one, other) => one - other));
    assert.equal(told.at(-1), content.length);
  }
});

test("what the server lost is sent once more from the beginning", async () => {
  const far = new Far((step) => {
    if (step === 3) far.uploads.clear();
    return "";
  });
  await sendFile(job(far, blob));
  assert.deepEqual(far.made, [content]);
});

test("a refusal ends it with the server's words, a lost sign-in as such", async () => {
  for (const [reply, code, detail] of [
    [answer(422, { code: "file-too-large", detail: "Tệp lớn quá" }), "file-too-large", "Tệp lớn quá"],
    [answer(401), "expired", undefined],
    [answer(403, null), "failed", undefined],
  ]) {
    const far = new Far();
    far.handle = () => reply;
    await assert.rejects(sendFile(job(far, blob)), (error) => {
      assert.deepEqual([error.code, error.detail], [code, detail]);
      return true;
    });
  }
});
