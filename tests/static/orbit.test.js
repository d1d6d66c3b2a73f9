/* One viewing direction for all models. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Orbit } from "../../static/js/viewer/orbit.js";

function turned(...steps) {
  const orbit = new Orbit();
  for (const step of steps) orbit.turn(...step);
  return [orbit.azimuth, orbit.elevation];
}

test("turning goes around and comes back to the front", () => {
  assert.deepEqual(turned([170, 0], [20, 0]), [-170, 0]);
  assert.deepEqual(turned([-170, 0], [-20, 0]), [170, 0]);
  assert.deepEqual(turned(...Array.from({ length: 24 }, () => [15, 0])), [0, 0]);
});

test("nobody looks from straight above or below", () => {
  assert.deepEqual(turned([0, 200]), [0, 80]);
  assert.deepEqual(turned([0, -200]), [0, -80]);
});

test("magnification stays within its range", () => {
  const orbit = new Orbit();
  orbit.magnify(100);
  assert.equal(orbit.zoom, 4);
  orbit.magnify(1 / 100);
  assert.equal(orbit.zoom, 0.7);
});

test("each button moves by one step, and its opposite moves back", () => {
  const orbit = new Orbit();
  orbit.act("left");
  assert.deepEqual([orbit.azimuth, orbit.elevation, orbit.zoom], [15, 0, 1]);
  orbit.act("right");
  orbit.act("up");
  assert.deepEqual([orbit.azimuth, orbit.elevation], [0, -15]);
  orbit.act("down");
  orbit.act("in");
  assert.equal(orbit.zoom, 1.2);
  orbit.act("out");
  assert.ok(Math.abs(orbit.zoom - 1) < 1e-12);
});

test("a name that no button has moves nothing", () => {
  const orbit = new Orbit();
  orbit.act("constructor");
  orbit.act(undefined);
  assert.deepEqual([orbit.azimuth, orbit.elevation, orbit.zoom], [0, 0, 1]);
});

test("reset goes to the front, and every change is told once", () => {
  const orbit = new Orbit();
  let told = 0;
  orbit.addEventListener("change", () => { told += 1; });
  orbit.turn(30, 40);
  orbit.magnify(2);
  orbit.reset();
  assert.equal(told, 3);
  assert.deepEqual([orbit.azimuth, orbit.elevation, orbit.zoom], [0, 0, 1]);
});

test("the direction is said from the viewer's side, in whole degrees", () => {
  const orbit = new Orbit();
  assert.equal(orbit.describe(), "View: front");
  orbit.turn(0.4, 0.4);
  assert.equal(orbit.describe(), "View: front");
  orbit.turn(29.6, 0);
  assert.equal(orbit.describe(), "View: 30 degrees from the right");
  orbit.turn(-75, -20);
  assert.equal(orbit.describe(), "View: 45 degrees from the left, 20 degrees from below");
});
