import assert from "node:assert/strict";
import test from "node:test";

import { Pauses } from "../../../static/js/audio/pauses.js";

const NOON = 1_700_000_000_000;

/** What is missing before each block; `stamps` of the audio thread, `arrivals` on the page, both in ms. */
function missing(stamps, arrivals) {
  const pauses = new Pauses();
  return stamps.map((atMs, n) => pauses.before({ atMs: NOON + atMs, lengthMs: 20 }, arrivals[n]));
}

test("sound that flows has no pause", () => {
  assert.deepEqual(missing([20, 40, 61, 79], [20, 41, 62, 80]), [0, 0, 0, 0]);
});

test("a sleep is as long as the wall clock says, though the other clock slept too", () => {
  assert.deepEqual(missing([20, 40, 3_600_060], [20, 40, 400]), [0, 0, 3_600_000]);
});

test("so it is where the other clock went on", () => {
  assert.deepEqual(missing([20, 40, 8060], [20, 40, 8060]), [0, 0, 8000]);
});

test("a sleep is noticed though the block before it arrives after it", () => {
  assert.deepEqual(missing([20, 40, 60, 4080], [20, 40, 4065, 4081]), [0, 0, 0, 4000]);
});

test("one sleep is one pause", () => {
  assert.deepEqual(missing([20, 40, 4060, 4080], [20, 40, 4065, 4081]), [0, 0, 4000, 0]);
});

test("a clock that is set long after the page was busy is no pause", () => {
  const stamps = Array.from({ length: 200 }, (_, n) => 20 * n + (n > 150 ? 3_600_000 : 0));
  const arrivals = Array.from({ length: 200 }, (_, n) => (n < 10 ? 0 : 200) + 20 * n);
  assert.deepEqual(missing(stamps, arrivals), stamps.map(() => 0));
});

test("a page that was busy gets its sound late, and all of it", () => {
  assert.deepEqual(missing([20, 40, 60, 80], [20, 1540, 1540, 1541]), [0, 0, 0, 0]);
});

test("a clock that is set forward or back is no pause", () => {
  assert.deepEqual(missing([20, 3_600_040, 3_600_060, 80], [20, 40, 60, 80]), [0, 0, 0, 0]);
});

test("a hiccup of the sound is left alone", () => {
  assert.deepEqual(missing([20, 900], [20, 900]), [0, 0]);
});
