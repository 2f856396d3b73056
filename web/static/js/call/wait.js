/** What the waiting room says of the wait. Pure, but for the one function that writes it down. */
import { fill } from "./status.js";
import { part, write } from "./view.js";

/** Beyond this the hour of the appointment says more than a count of minutes. */
const COUNTED = 120;

/**
 * @param {import("./room.js").Wait} wait
 * @param {Record<string, string>} words
 * @returns {{expected: string, doctor: string, notice: string}} lines to show, empty ones not
 */
export function waitLines({ minutes, doctor, notice }, words) {
  return {
    expected: expectedLine(minutes, doctor, words),
    doctor: words[`wait_doctor_${doctor}`],
    notice: notice ? fill(words.wait_notice, { minutes: notice.minutes, time: clock(notice.at) }) : "",
  };
}

function expectedLine(minutes, doctor, words) {
  if (minutes === null || minutes > COUNTED) return "";
  if (minutes > 0) return fill(words.wait_minutes, { minutes });
  return doctor === "away" ? words.wait_due : words.wait_soon;
}

/** The hour and minute of an instant, as the phone's own clock tells it. @param {string} at */
const clock = (at) => new Date(at).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });

/** @param {ParentNode} root @param {import("./room.js").Wait | null} wait @param {Record<string, string>} words */
export function paintWait(root, wait, words) {
  if (!wait) return;
  for (const [name, text] of Object.entries(waitLines(wait, words))) {
    const line = part(root, `wait-${name}`);
    if (!line) continue;
    line.hidden = !text;
    write(part(line, "text") ?? line, text);
  }
}
