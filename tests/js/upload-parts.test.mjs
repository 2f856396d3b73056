/** Order, size and words of what is sent; where an arrow lies on a picture. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { isMeant, onPicture } from "../../web/static/js/attachments/arrows.js";
import { UploadQueue } from "../../web/static/js/upload/queue.js";
import { fitted } from "../../web/static/js/upload/scale.js";
import { fill } from "../../web/static/js/upload/words.js";

test("the smallest go first, one at a time", async () => {
  const queue = new UploadQueue();
  const order = [];
  let running = 0;
  const add = (size) =>
    new Promise((done) => {
      queue.add(size, async () => {
        assert.equal(++running, 1);
        await Promise.resolve();
        order.push(size);
        running -= 1;
        done();
      });
    });
  await Promise.all([add(50), add(900), add(10), add(400)]);
  assert.deepEqual(order, [50, 10, 400, 900]); // the first had begun
});

test("pictures keep their shape and are never made larger", () => {
  assert.deepEqual(fitted(4000, 3000, 2048), [2048, 1536]);
  assert.deepEqual(fitted(3000, 4000, 2048), [1536, 2048]);
  assert.deepEqual(fitted(300, 200, 2048), [300, 200]);
  assert.deepEqual(fitted(9000, 1, 480), [480, 1]);
});

test("a point on the screen is found on the picture, turned or not", () => {
  const inverse = { a: 0, b: -1, c: 1, d: 0, e: 0, f: 100 }; // of a quarter turn over a picture 200 × 100
  const turned = { inverse: () => inverse };
  assert.deepEqual(onPicture(turned, { x: 50, y: 150 }, { width: 200, height: 100 }), [7500, 5000]);
  assert.deepEqual(onPicture(turned, { x: -50, y: 900 }, { width: 200, height: 100 }), [10000, 10000]);
  assert.equal(isMeant([1, 0, 0, 100, 100]), false);
  assert.equal(isMeant([1, 0, 0, 100, 200]), true);
});

test("words have their gaps filled", () => {
  assert.equal(fill("Đã gửi {percent}% của {name}", { percent: 5 }), "Đã gửi 5% của {name}");
});
