/** What is read aloud, in which pieces, and on which devices. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { pieces, wordsOn } from "../../web/static/js/aloud.js";
import { mount } from "../../web/static/js/speak.js";

test("sentences are read one by one", () => {
  assert.deepEqual(pieces(["Ăn nhạt.  Đo huyết áp\nmỗi sáng. ", "Gọi 115!"]), ["Ăn nhạt.", "Đo huyết áp mỗi sáng.", "Gọi 115!"]);
});

test("numbers and times are not torn apart", () => {
  assert.deepEqual(pieces(["Sốt trên 38.5 độ lúc 07:30."]), ["Sốt trên 38.5 độ lúc 07:30."]);
});

test("long sentences are cut between words, and nothing is lost", () => {
  const words = Array.from({ length: 120 }, (_, index) => `chữ${index}`);
  const found = pieces([words.join(" ")], 60);
  assert.ok(found.every((piece) => piece.length <= 60));
  assert.equal(found.join(" "), words.join(" "));
});

test("a title is read with the name behind it", () => {
  assert.deepEqual(pieces(["Gặp TS.BS. Nguyễn Văn An lúc 09:30. Nhớ sổ."]), ["Gặp TS.BS. Nguyễn Văn An lúc 09:30.", "Nhớ sổ."]);
  assert.deepEqual(pieces(["BSCKII. Lò Văn Páo", "Hôm nay nghỉ TS."]), ["BSCKII. Lò Văn Páo", "Hôm nay nghỉ TS."]);
});

test("the dashes of a list are not read, those between numbers are", () => {
  assert.deepEqual(pieces(["– Ăn nhạt\n– Uống đủ nước.\n – Ngủ sớm", "–.", "07:30 – 11:30"]), ["Ăn nhạt.", "Uống đủ nước.", "Ngủ sớm", "07:30 – 11:30"]);
});

test("what can be pressed is read in its place, once, and nothing hidden", () => {
  const element = (textContent, more = {}) => ({ textContent, offsetParent: {}, disabled: false, querySelector: () => null, closest: () => null, matches: () => false, ...more });
  const pressed = { matches: (which) => which.includes("button") };
  const whole = element("Ghi chú: Xem bản đồ");
  const found = [
    element("Trang mã"),
    element("Gửi mã cho tôi", pressed),
    element("Ẩn", { ...pressed, offsetParent: null }),
    element("Chưa bấm được", { ...pressed, disabled: true }),
    whole,
    element("Xem bản đồ", { ...pressed, closest: () => whole }),
    element("Danh sách", { querySelector: () => ({}) }),
  ];
  const pageOf = { querySelectorAll: () => [], querySelector: () => ({ querySelectorAll: () => found }) };
  assert.deepEqual(wordsOn(pageOf), ["Trang mã.", "Gửi mã cho tôi.", "Ghi chú: Xem bản đồ."]);
});

test("nothing to read gives no pieces", () => {
  assert.deepEqual(pieces(["", "  "]), []);
});

/** A page of one button and a device that has these voices. */
function page(t, voices, language = "vi") {
  const button = { hidden: true, dataset: { stop: "Dừng đọc" }, setAttribute() {}, getAttribute: () => "false", addEventListener() {}, removeEventListener() {} };
  const word = { textContent: "Đọc to trang này" };
  const speech = { getVoices: () => voices, cancel() {}, onvoiceschanged: null };
  const stand = { window: { speechSynthesis: speech, SpeechSynthesisUtterance: class {}, addEventListener() {}, removeEventListener() {} }, speechSynthesis: speech, document: { documentElement: { lang: language } } };
  for (const [name, value] of Object.entries(stand)) {
    const before = globalThis[name];
    globalThis[name] = value;
    t.after(() => (before === undefined ? delete globalThis[name] : (globalThis[name] = before)));
  }
  const root = { querySelector: (which) => (which === "[data-part=button]" ? button : word) };
  return { root, button, speech, voices };
}

test("without a Vietnamese voice the button stays hidden", (t) => {
  const { root, button } = page(t, [{ lang: "en-US" }, { lang: "fr-FR" }]);
  mount(root);
  assert.equal(button.hidden, true);
});

test("with a Vietnamese voice it is offered, also when the voice comes late, and hides when it goes", (t) => {
  const { root, button, speech, voices } = page(t, [{ lang: "en-US" }]);
  mount(root);
  assert.equal(button.hidden, true);
  voices.push({ lang: "vi-VN" });
  speech.onvoiceschanged();
  assert.equal(button.hidden, false);
  voices.pop();
  speech.onvoiceschanged();
  assert.equal(button.hidden, true);
});

test("a device that cannot speak is offered nothing", (t) => {
  const { root, button } = page(t, [{ lang: "vi-VN" }]);
  delete globalThis.window.speechSynthesis;
  assert.equal(mount(root), undefined);
  assert.equal(button.hidden, true);
});

test("one press reads the page in its order, another stops, and at the end it is offered again", async (t) => {
  const { root, button, speech } = page(t, [{ lang: "vi-VN" }]);
  const block = (textContent) => ({ textContent, offsetParent: {}, querySelector: () => null, matches: () => false });
  const main = { querySelectorAll: () => [block("Bác sĩ gặp 09:30"), block("Mang theo sổ khám.")] };
  Object.assign(globalThis.document, { querySelectorAll: () => [], querySelector: () => main });
  const said = [];
  class Utterance {
    constructor(text) {
      this.text = text;
    }
    addEventListener(name, ended) {
      this.ended = ended;
    }
  }
  globalThis.SpeechSynthesisUtterance = Utterance;
  t.after(() => delete globalThis.SpeechSynthesisUtterance);
  speech.speak = (each) => said.push(each);
  speech.cancel = () => said.splice(0);
  let press = null;
  button.addEventListener = (_, heard) => (press = heard);
  mount(root);
  await press();
  assert.deepEqual(said.map((each) => [each.text, each.lang]), [["Bác sĩ gặp 09:30.", "vi"], ["Mang theo sổ khám.", "vi"]]);
  await press();
  assert.deepEqual(said, []);
  await press();
  said.at(-1).ended();
  await press();
  assert.equal(said.length, 2);
});
