/** Which parts of a page a change concerns. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { topicOf, wants } from "../../web/static/js/live.js";

test("a part hears of the topics it names, and of everything", () => {
  assert.equal(wants("appointment visit", "visit"), true);
  assert.equal(wants("appointment visit", "message"), false);
  assert.equal(wants("appointment", "*"), true);
  assert.equal(wants("appointment", "appoint"), false);
});

test("a message names its topic", () => {
  assert.equal(topicOf('{"topic":"visit","id":"x"}'), "visit");
});

test("a message nobody can read refreshes everything", () => {
  for (const data of ["", "not json", "{}", "null", '{"topic":3}']) assert.equal(topicOf(data), "*");
});
