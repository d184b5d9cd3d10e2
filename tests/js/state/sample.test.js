// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { cleared } from "../../../static/js/state/clearing.js";
import { sampleLog } from "../../../static/js/state/sample.js";

test("a sample has lines and words that are still being said, in the language of the page", () => {
  const log = sampleLog("de");
  assert.ok(log.segments.length >= 3);
  assert.equal(log.interims.size, 1);
  for (const caption of [...log.segments, ...log.interims.values()]) assert.equal(caption.language, "de");
});

test("a sample stays, whatever silence captions are cleared after", () => {
  const log = sampleLog("en");
  assert.equal(cleared(log, { clearMs: 1000, nowMs: Date.now() + 3_600_000, skewMs: 0 }).log, log);
});
