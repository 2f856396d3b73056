/** Which parts of a page a change concerns. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { memory, streamOf, topicOf, wants } from "../../web/static/js/live/news.js";

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

test("a page asks for what changed while it was on its way, unless that was too long", () => {
  assert.equal(streamOf(0), "/live?age=0");
  assert.equal(streamOf(2100.2), "/live?age=2101");
  assert.equal(streamOf(120000), "/live?age=120000");
  assert.equal(streamOf(120001), "");
});

test("a tab that reads tells a later one what it heard since that began, each topic once", () => {
  const heard = memory(100);
  for (const [topic, at] of [["visit", 110], ["message", 120], ["visit", 130]]) heard.keep(topic, at);
  assert.deepEqual(heard.since(115), ["message", "visit"]);
  assert.deepEqual(heard.since(131), []);
});

test("a tab that cannot know all since then has everything asked for", () => {
  const heard = memory(100);
  assert.deepEqual(heard.since(99), ["*"]);
  for (let at = 200; at < 300; at += 1) heard.keep("visit", at);
  assert.deepEqual(heard.since(150), ["*"]);
  assert.deepEqual(heard.since(250), ["visit"]);
});
