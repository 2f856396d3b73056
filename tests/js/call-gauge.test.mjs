/** Four kilobytes that show what a line carries. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Gauge, rateOf } from "../../web/static/js/call/gauge.js";

test("the rate is what the line let through after the first packet, or until the answer: the lower of both", () => {
  assert.equal(rateOf(200 + 60 + 400, 300, 200), 80);
  assert.equal(rateOf(200 + 60 + 400, 1, 200), 80, "packets handed over in one lump");
  assert.equal(rateOf(100 + 60 + 32, 24, 100), 1000);
  assert.ok(rateOf(90, 1, 100) > 10_000, "an answer sooner than the round trip is a fast line, not an endless one");
});

/** Two gauges whose channels are the ends of a line; `carry` decides what arrives. */
function pair(context, carry = () => true) {
  mock.timers.enable({ apis: ["Date"] });
  let now = 0;
  const clock = mock.method(performance, "now", () => now);
  context.after(() => {
    clock.mock.restore();
    mock.timers.reset();
  });
  const wire = [];
  const ends = [0, 1].map((side) => {
    const channel = { readyState: "open", send: (data) => carry(data) && wire.push([1 - side, data.buffer ?? data]) };
    return new Gauge(channel);
  });
  const deliver = (gap) => {
    while (wire.length) {
      now += gap;
      const [side, data] = wire.shift();
      ends[side].channel.onmessage({ data });
    }
  };
  return { ends, deliver, pass: (ms) => (now += ms) };
}

test("a burst is answered, and its result taken once", (context) => {
  const { ends, deliver } = pair(context);
  ends[0].probe(100);
  deliver(100);
  const rate = ends[0].take();
  assert.ok(rate > 70 && rate < 90, String(rate));
  assert.equal(ends[0].take(), null);
});

test("one at a time, and one that was lost shows nothing after four seconds", (context) => {
  const { ends, pass } = pair(context, () => false);
  ends[0].probe(100);
  ends[0].probe(100);
  assert.equal(ends[0].round, 1);
  pass(3999);
  assert.equal(ends[0].take(), null);
  pass(2);
  assert.equal(ends[0].take(), 0);
  assert.equal(ends[0].take(), null);
});

test("an answer to an older burst is not taken for the new one", (context) => {
  const { ends, pass } = pair(context, () => false);
  ends[0].probe(100);
  pass(4001);
  assert.equal(ends[0].take(), 0);
  ends[0].probe(100);
  ends[0].channel.onmessage({ data: JSON.stringify([1, 10]) });
  assert.equal(ends[0].take(), null);
});

test("nothing is sent before the channel is open", (context) => {
  const { ends } = pair(context);
  ends[0].channel.readyState = "connecting";
  ends[0].probe(100);
  assert.equal(ends[0].sentAt, null);
});
