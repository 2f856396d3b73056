/** Whom the page shows first, what a tile and the list of people say, ids minted in the browser. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { everybody } from "../../web/static/js/call/people.js";
import { EMPTY, reduce } from "../../web/static/js/call/room.js";
import { isUnknown, reachedRoles } from "../../web/static/js/call/roster.js";
import { inOrder, noteOf, stillOf } from "../../web/static/js/call/tiles.js";
import { newId } from "../../web/static/js/call/view.js";

const peer = (id, role, more = {}) => ({
  id,
  name: id,
  role,
  state: "present",
  co_located: false,
  confirmed: false,
  audio: true,
  video: true,
  ...more,
});
const room = (role, ...peers) => ({
  ...EMPTY,
  role,
  self: "me",
  mayAdmit: role !== "patient",
  peers: Object.fromEntries(peers.map((each) => [each.id, each])),
});
const WORDS = {
  me: "Tôi",
  role_doctor: "Bác sĩ",
  role_station: "Trạm y tế",
  role_patient: "Người bệnh",
  second_camera: "máy thứ hai",
  muted: "tắt mic",
  line_down: "mất đường truyền",
  page_closed: "đã đóng trang",
};

test("the doctor sees the station first, everybody else the doctor", () => {
  const ids = (...people) => inOrder(room(...people)).map((each) => each.id);
  assert.deepEqual(ids("doctor", peer("p", "patient"), peer("s", "station")), ["s", "p"]);
  assert.deepEqual(ids("station", peer("p", "patient"), peer("d", "doctor")), ["d", "p"]);
  assert.deepEqual(ids("patient", peer("s", "station"), peer("d", "doctor")), ["d", "s"]);
  assert.deepEqual(ids("patient", peer("p", "patient"), peer("d", "doctor")), ["d", "p"]);
  assert.deepEqual(ids("station", peer("s", "station"), peer("d", "doctor")), ["d", "s"]);
});

test("a patient at home comes before the station, to the doctor alone", () => {
  const ids = (...people) => inOrder(room(...people), true).map((each) => each.id);
  assert.deepEqual(ids("doctor", peer("s", "station"), peer("p", "patient")), ["p", "s"]);
  assert.deepEqual(ids("doctor", peer("s", "station")), ["s"]);
  assert.deepEqual(ids("patient", peer("s", "station"), peer("d", "doctor")), ["d", "s"]);
});

test("of two phones of a patient the one whose line is up comes first", () => {
  const phones = [peer("a", "patient", { state: "absent" }), peer("b", "patient")];
  assert.deepEqual(inOrder(room("doctor", ...phones)).map((each) => each.id), ["b", "a"]);
});

test("a second camera comes after people", () => {
  const seen = inOrder(room("doctor", peer("c", "patient", { co_located: true }), peer("g", "guest")));
  assert.deepEqual(seen.map((each) => each.id), ["g", "c"]);
});

test("a tile says why there is no picture", () => {
  const here = room("doctor");
  const still = (more, ice) => stillOf(here, peer("p", "patient", more), ice);
  assert.equal(still({}, undefined), "connecting");
  assert.equal(still({}, "checking"), "connecting");
  assert.equal(still({}, "connected"), "");
  assert.equal(still({ video: false }, "connected"), "no_video");
  assert.equal(still({}, "disconnected"), "broken");
  assert.equal(still({ state: "absent" }, "failed"), "absent");
});

test("a page that was closed is not waited for as a line that failed", () => {
  const gone = peer("p", "patient", { state: "absent", closed: true });
  assert.equal(stillOf(room("doctor", gone), gone, "connected"), "closed");
  assert.equal(stillOf(room("doctor", gone), gone, "connected", true), "", "a picture that arrives is shown all the same");
  assert.equal(everybody(room("doctor", gone), WORDS)[1].about, "Người bệnh · đã đóng trang");
});

test("whoever's line is down or whose page was closed can be rung", () => {
  const here = room("doctor", peer("s", "station", { state: "absent" }), peer("g", "guest"));
  assert.deepEqual(reachedRoles(here), ["guest"]);
  const knocks = (state) => reachedRoles({ ...here, knocks: { p: peer("p", "patient", { state }) } });
  assert.deepEqual(knocks("waiting"), ["guest", "patient"]);
  assert.deepEqual(knocks("away"), ["guest"]);
});

test("a picture that arrives is not hidden, whatever was told of it last", () => {
  const they = peer("p", "patient");
  const here = { ...room("doctor", they), levels: { p: "audio" } };
  assert.equal(stillOf(here, they, "connected", false), "sound_only");
  assert.equal(stillOf(here, they, "connected", true), "");
});

test("a tile says in words what a weak line leaves of a picture", () => {
  const [they, here] = [peer("p", "patient"), room("doctor", peer("p", "patient"))];
  const at = (level) => ({ ...here, levels: { p: level } });
  const stills = (...levels) => levels.map((level) => stillOf(at(level), they, "connected"));
  const notes = (...levels) => levels.map((level) => noteOf(level, false));
  assert.deepEqual(stills("medium", "low", "stills"), ["", "", ""]);
  assert.deepEqual(stills("audio", "phone"), ["sound_only", "sound_only"]);
  assert.deepEqual(notes("high", "low", "stills"), ["", "level_low", "level_stills"]);
  assert.deepEqual([noteOf("high", true), noteOf("low", true)], ["detail_on", "level_low"]);
});

test("media that goes on without the server stays on the screen", () => {
  assert.equal(stillOf(room("doctor"), peer("p", "patient", { state: "absent" }), "connected"), "");
});

test("staff must ask who a patient is until somebody knows, on whatever page", () => {
  const before = room("station", peer("p", "patient"), peer("d", "doctor"));
  const news = { type: "participant.changed", participant: peer("p", "patient", { confirmed: true }) };
  const unknown = (now) => everybody(now, WORDS).filter((each) => each.isUnknown).map((each) => each.id);
  assert.deepEqual(unknown(before), ["p"]);
  assert.deepEqual(unknown(reduce(before, news)), []);
  assert.equal(isUnknown(peer("s", "station")), false);
});

test("the list names everybody, ourselves first, and what they are", () => {
  const people = everybody(
    room("doctor", peer("s", "station", { audio: false }), peer("p", "patient", { co_located: true, state: "absent" })),
    WORDS,
  );
  assert.deepEqual(people.map((each) => [each.name, each.about, each.mayRemove]), [
    ["Tôi", "Bác sĩ", false],
    ["s", "Trạm y tế · tắt mic", false],
    ["p", "Người bệnh · máy thứ hai · mất đường truyền", true],
  ]);
});

test("ids are version 7 and sort by time", () => {
  const [earlier, later] = [newId(1_790_000_000_000), newId(1_790_000_000_001)];
  assert.match(earlier, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(earlier < later);
  assert.equal(parseInt(earlier.replaceAll("-", "").slice(0, 12), 16), 1_790_000_000_000);
});
