/* What becomes of an answer that was sent. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { FIRST_PAUSE_MS, longerPause, reasonFor, verdictOf } from "../../static/js/delivery.js";

test("a redirect that is not followed means that the answer was taken", () => {
  assert.equal(verdictOf({ type: "opaqueredirect", status: 0 }), "taken");
});

const SENT_BY = ["survey/views.py", "survey/preview_views.py", "common/refusals.py", "error_pages.py"];

/** @returns {number[]} every 4xx that a participant's page can answer with; 403 and 404 are Django's own */
function statusesOfOurPages() {
  const sources = SENT_BY.map((name) => readFileSync(new URL(`../../studyserver/${name}`, import.meta.url), "utf8"));
  const named = sources.flatMap((source) => [...source.matchAll(/status=(4\d\d)/g)].map((found) => Number(found[1])));
  return [...new Set([403, 404, ...named])].sort();
}

test("what our own pages refuse is not sent again", () => {
  assert.deepEqual(statusesOfOurPages(), [400, 403, 404, 409, 410, 422]);
  for (const status of statusesOfOurPages()) {
    assert.equal(verdictOf({ type: "basic", status }), "refused", String(status));
  }
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
