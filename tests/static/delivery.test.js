/* What becomes of an answer that was sent. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { FIRST_PAUSE_MS, longerPause, reasonFor, verdictOf } from "../../static/js/delivery.js";

test("a redirect that is not followed means that the answer was taken", () => {
  assert.equal(verdictOf({ type: "opaqueredirect", status: 0 }), "taken");
});

test("what our own pages refuse is not sent again", () => {
  for (const status of [400, 403, 404, 410, 422]) assert.equal(verdictOf({ type: "basic", status }), "refused");
});

test("what comes from between, and silence, is met with another try", () => {
  for (const status of [200, 401, 407, 408, 413, 425, 429, 500, 502, 503, 504]) {
    assert.equal(verdictOf({ type: "basic", status }), "again", String(status));
  }
  assert.equal(verdictOf(null), "again");
});

test("pauses double up to eight seconds and never end", () => {
  const pauses = [FIRST_PAUSE_MS];
  for (let index = 0; index < 6; index += 1) pauses.push(longerPause(pauses[index]));
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 8000, 8000, 8000]);
});

test("the reason tells the server, the way there and the own connection apart", () => {
  assert.equal(reasonFor({ type: "basic", status: 503 }, true), "The server does not take answers at the moment.");
  assert.equal(reasonFor(null, true), "The server cannot be reached.");
  assert.equal(reasonFor(null, false), "You are offline.");
});
