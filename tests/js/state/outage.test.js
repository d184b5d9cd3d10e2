import assert from "node:assert/strict";
import { test } from "node:test";

import { applyOutage, BACK_MS, noOutage } from "../../../static/js/state/outage.js";

/** The outage after some seconds: each entry is what a second was like. */
const after = (...seconds) =>
  seconds.reduce((outage, lostMs, n) => applyOutage(outage, { away: lostMs !== null, lostMs: lostMs ?? 0 }, n * 1000), noOutage);
const WELL = null;

test("all well is no news", () => {
  assert.equal(after(WELL, WELL), noOutage);
});

test("it begins once and remembers the most that was lost", () => {
  assert.deepEqual(after(WELL, 0, 0, 3000, 2000), { sinceMs: 1000, lostMs: 3000, over: null });
});

test("its end says what it has cost", () => {
  assert.deepEqual(after(0, 0, 4000, WELL).over, { lostMs: 4000, atMs: 3000 });
  assert.deepEqual(after(0, 0, 0, WELL).over, { lostMs: 0, atMs: 3000 });
});

test("one that nobody noticed ends without a word, unless something was lost", () => {
  assert.equal(after(0, WELL).over, null);
  assert.equal(after(500, WELL).over.lostMs, 500);
});

test("for a moment it is said that all is well again", () => {
  const over = after(0, 0, 0, WELL);
  assert.equal(applyOutage(over, { away: false, lostMs: 0 }, 3000 + BACK_MS - 1), over);
  assert.equal(applyOutage(over, { away: false, lostMs: 0 }, 3000 + BACK_MS), noOutage);
});

test("another one takes that back", () => {
  assert.equal(after(0, 0, 0, WELL, 0).over, null);
});
