/** What the waiting room says of the wait, and what it says to a station before its doctor has come. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY, linkChanged, reduce } from "../../web/static/js/call/room.js";
import { standingOf as statusOf } from "../../web/static/js/call/standing.js";
import { waitLines } from "../../web/static/js/call/wait.js";

const WORDS = {
  wait_minutes: "khoảng {minutes} phút",
  wait_soon: "sắp đến lượt",
  wait_due: "đã đến giờ",
  wait_doctor_away: "chưa vào",
  wait_doctor_busy: "đang khám",
  wait_doctor_here: "đã vào",
  wait_notice: "lúc {time}: {minutes} phút",
};
const wait = (more = {}) => ({ place: 2, minutes: 15, doctor: "busy", notice: null, ...more });
const changed = (more) => ({ type: "wait.changed", ...wait(more) });
const waiting = { type: "waiting", self: "s", place: 1 };
const admitted = (participants) => ({ type: "admitted", role: "station", participants, ice_servers: [], chat: [] });
const after = (...messages) => messages.reduce(reduce, EMPTY);

test("minutes are told while they can be counted, then words", () => {
  assert.equal(waitLines(wait(), WORDS).expected, "khoảng 15 phút");
  assert.equal(waitLines(wait({ minutes: 0, doctor: "here" }), WORDS).expected, "sắp đến lượt");
  assert.equal(waitLines(wait({ minutes: 0, doctor: "away" }), WORDS).expected, "đã đến giờ");
  for (const minutes of [null, 121]) assert.equal(waitLines(wait({ minutes }), WORDS).expected, "");
});

test("where the doctor is, and what they said and when", () => {
  assert.equal(waitLines(wait(), WORDS).doctor, "đang khám");
  assert.equal(waitLines(wait(), WORDS).notice, "");
  const said = { minutes: 5, at: new Date(2026, 10, 23, 9, 42).toISOString() };
  assert.equal(waitLines(wait({ notice: said }), WORDS).notice, "lúc 09:42: 5 phút");
});

test("the place moves up without anything else of the room changing", () => {
  const room = after(linkChanged("up"), waiting, changed({ place: 3 }));
  assert.deepEqual([room.phase, room.place, room.wait.minutes], ["waiting", 3, 15]);
});

test("a station alone is told why the doctor is not here yet", () => {
  const alone = after(linkChanged("up"), { ...waiting, place: 0 }, admitted([]), changed());
  assert.deepEqual([alone.phase, alone.place], ["live", 0]);
  assert.deepEqual(statusOf(alone), { key: "doctor_busy", tone: "info", minutes: 15 });
  const told = reduce(alone, changed({ notice: { minutes: 5, at: "2026-11-23T02:00:00Z" }, minutes: 4 }));
  assert.deepEqual(statusOf(told), { key: "doctor_notice", tone: "info", minutes: 4 });
  const away = reduce(alone, changed({ doctor: "away" }));
  assert.equal(statusOf(away).key, "alone");
});

test("once the doctor is here nothing of the wait is said any more", () => {
  const doctor = { id: "d", name: "BS", role: "doctor", state: "present", audio: true, video: true };
  const room = after(linkChanged("up"), waiting, changed(), admitted([doctor]));
  assert.equal(statusOf(room), null);
});

test("a call put to another time says so", () => {
  const room = after(linkChanged("up"), waiting, linkChanged("closed", "call-moved"));
  assert.equal(statusOf(room).key, "moved");
});
