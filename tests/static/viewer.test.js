/* What the viewer computes: how far the camera stands, which still is shown, when a file is asked for again. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { clamp, viewingDistance } from "../../static/js/viewer/maths.js";
import { patiently } from "../../static/js/patience.js";
import { shiftOf, viewAfter } from "../../static/js/viewer/turntable.js";

test("values are kept within a range, ends included", () => {
  assert.deepEqual([-1, 0, 0.5, 1, 2].map((value) => clamp(value, 0, 1)), [0, 0, 0.5, 1, 1]);
});

test("what is shown fills the picture's height or width, whichever is tighter", () => {
  // Half of 90 degrees has the tangent one: a flat square of 2 is seen whole from a distance of 1.
  const flat = { x: 2, y: 2, z: 0 };
  const close = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-12, `${found}, not ${expected}`);
  close(viewingDistance(flat, 1, 90, 1), 1);
  close(viewingDistance(flat, 2, 90, 1), 1);
  close(viewingDistance(flat, 0.5, 90, 1), 2);
  close(viewingDistance({ x: 6, y: 2, z: 0 }, 1, 90, 1), 3);
  close(viewingDistance({ x: 2, y: 2, z: 4 }, 1, 90, 1), 3);
  close(viewingDistance(flat, 1, 90, 1.5), 1.5);
});

test("the strip shows its frames from the left over the front to the right", () => {
  const frames = [0, 1, 2, 3, 4, 5, 6].map((view) => Math.round((-shiftOf(view) * 12) / 100));
  assert.deepEqual(frames.map((frame) => frame + 0), [9, 10, 11, 0, 1, 2, 3]);
});

test("views between two stills show the nearer, and beyond the ends the last", () => {
  assert.equal(shiftOf(2.4), shiftOf(2));
  assert.equal(shiftOf(2.6), shiftOf(3));
  assert.equal(shiftOf(-5), shiftOf(0));
  assert.equal(shiftOf(99), shiftOf(6));
});

test("arrows go to the next still, and R back to the front", () => {
  assert.deepEqual(["ArrowLeft", "ArrowRight", "r", "R"].map((key) => viewAfter({ key }, 5)), [4, 6, 3, 3]);
  assert.equal(viewAfter({ key: "x" }, 5), undefined);
});

test("keys of the browser, such as those that reload and go back, are left to it", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey"]) {
    for (const key of ["r", "R", "ArrowLeft", "ArrowRight"]) {
      assert.equal(viewAfter({ key, [modifier]: true }, 5), undefined, `${modifier} ${key}`);
    }
  }
});

test("a file is asked for four times, with longer and longer pauses", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const tries = [];
  const failing = patiently(async (tried) => {
    tries.push(tried);
    throw new Error("no connection");
  });
  const refused = assert.rejects(failing, /no connection/);
  for (const pause of [1000, 2000, 4000]) {
    await new Promise(setImmediate);
    const before = tries.length;
    mock.timers.tick(pause - 1);
    await new Promise(setImmediate);
    assert.equal(tries.length, before, `not before ${pause} ms`);
    mock.timers.tick(1);
    await new Promise(setImmediate);
    assert.equal(tries.length, before + 1);
  }
  await refused;
  assert.deepEqual(tries, [0, 1, 2, 3]);
  mock.timers.reset();
});

test("what comes at a later try is what is returned", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const asked = patiently(async (tried) => {
    if (tried === 0) throw new Error("no connection");
    return "the file";
  });
  await new Promise(setImmediate);
  mock.timers.tick(1000);
  assert.equal(await asked, "the file");
  mock.timers.reset();
});
