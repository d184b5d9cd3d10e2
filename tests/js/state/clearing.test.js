// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEvent, emptyLog } from "../../../static/js/state/captions.js";
import { cleared } from "../../../static/js/state/clearing.js";

const BEGAN_MS = Date.UTC(2026, 10, 26, 12);
const CLEAR_MS = 10_000;
/** How long recognition takes in these tests. */
const LATE_MS = 1000;

/** A final of two seconds that was said from `second` on. @param {number} second @param {object} [spoil] */
const said = (second, spoil = {}) => ({
  id: `at ${second}`,
  session: "s1",
  utterance: second,
  kind: "speech",
  text: `said at ${second}`,
  offset_ms: second * 1000,
  duration_ms: 2000,
  language: "en-US",
  revision: 0,
  version: second,
  stored_at: new Date(BEGAN_MS + second * 1000 + 2000 + LATE_MS).toISOString(),
  ...spoil,
});
/** @param {number} second @param {string} [session] */
const saying = (second, session = "s1") => ({
  type: "interim",
  session,
  utterance: 1_000_000 + second,
  text: "being said",
  offset_ms: second * 1000,
  language: "en-US",
});
/** @param {any[]} segments @param {any[]} interims */
const logOf = (segments, interims = []) =>
  [{ type: "hello", live: true, version: 1_000_000, segments }, ...interims].reduce(applyEvent, emptyLog());
/** @param {import("../../../static/js/state/captions.js").Log} log @param {number} second since the session began @param {object} [more] */
const at = (log, second, more = {}) => cleared(log, { clearMs: CLEAR_MS, nowMs: BEGAN_MS + second * 1000, skewMs: 0, ...more });
/** @param {{log: import("../../../static/js/state/captions.js").Log}} answer */
const texts = ({ log }) => log.segments.map(({ text }) => text);

test("while the newest final is fresh everything is shown, and it is known when to look again", () => {
  const log = logOf([said(1), said(4)]);
  const answer = at(log, 8);
  assert.equal(answer.log, log, "and it is the same log: nothing is to be drawn again");
  assert.equal(answer.nextMs, BEGAN_MS + 7000 + CLEAR_MS);
});

test("after the silence nothing is shown, and nothing is to be waited for", () => {
  const log = logOf([said(1), said(4)]);
  assert.deepEqual(texts(at(log, 16.9)), ["said at 1", "said at 4"]);
  const answer = at(log, 17);
  assert.deepEqual(texts(answer), []);
  assert.equal(answer.nextMs, null);
});

test("while somebody goes on speaking the lines stay, however long one sentence takes", () => {
  const answer = at(logOf([said(1), said(4)], [saying(7)]), 60);
  assert.deepEqual(texts(answer), ["said at 1", "said at 4"]);
  assert.equal(answer.log.interims.size, 1);
  assert.equal(answer.nextMs, null, "the end of the sentence is an event");
});

test("lines from before a long silence do not come back when speech goes on", () => {
  assert.deepEqual(texts(at(logOf([said(1), said(4)], [saying(40)]), 41)), []);
  assert.deepEqual(texts(at(logOf([said(1), said(4), said(40)]), 44)), ["said at 40"]);
  assert.deepEqual(texts(at(logOf([said(1), said(4), said(40)], [saying(44)]), 45)), ["said at 40"]);
});

test("a pause that is shorter than that takes no line away", () => {
  assert.deepEqual(texts(at(logOf([said(1), said(13)]), 17)), ["said at 1", "said at 13"]);
  assert.deepEqual(texts(at(logOf([said(1)], [saying(13)]), 14)), ["said at 1"]);
});

test("a long sentence is no silence, though its final comes late", () => {
  const long = said(5, { duration_ms: 30_000, stored_at: new Date(BEGAN_MS + 36_000).toISOString() });
  assert.deepEqual(texts(at(logOf([said(1), long]), 37)), ["said at 1", "said at 5"]);
});

test("what was cleared stays so, though the words that go on are recognised late", () => {
  const before = at(logOf([said(1)]), 14);
  assert.deepEqual(texts(before), []);
  const log = logOf([said(1)], [saying(12.5)]);
  assert.deepEqual(texts(at(log, 15, { clearedId: before.clearedId })), []);
  assert.deepEqual(texts(at(log, 15)), ["said at 1"], "a page that is loaded at this moment shows it");
});

test("finals that are stored at one moment are cleared by when they were said", () => {
  const stored = { stored_at: new Date(BEGAN_MS + 60_000).toISOString() };
  const log = logOf([said(1, stored), said(30, stored), said(33, stored)]);
  const first = at(log, 61);
  assert.deepEqual(texts(first), ["said at 30", "said at 33"]);
  assert.deepEqual(texts(at(log, 62, { clearedId: first.clearedId })), ["said at 30", "said at 33"]);
});

test("a session that follows another one at once goes on below it, a later one does not", () => {
  const next = (/** @type {number} */ second) => said(second, { session: "s2", offset_ms: 0 });
  assert.deepEqual(texts(at(logOf([said(1), next(5)]), 9)), ["said at 1", "said at 5"]);
  assert.deepEqual(texts(at(logOf([said(1), next(50)]), 54)), ["said at 50"]);
  assert.deepEqual(texts(at(logOf([said(1)], [saying(0, "s2")]), 9)), ["said at 1"]);
  assert.deepEqual(texts(at(logOf([said(1)], [saying(0, "s2")]), 50)), []);
});

test("lines are as old as the server's clock says, not ours", () => {
  const log = logOf([said(1)]);
  const ahead = { skewMs: 3_600_000, nowMs: BEGAN_MS + 6000 - 3_600_000 };
  assert.deepEqual(texts(at(log, 0, ahead)), ["said at 1"]);
  assert.equal(at(log, 0, ahead).nextMs, BEGAN_MS + 4000 + CLEAR_MS - 3_600_000);
  assert.deepEqual(texts(at(log, 0, { ...ahead, nowMs: ahead.nowMs + CLEAR_MS })), []);
});

test("a clock that is put back keeps no line for longer than the silence", () => {
  assert.equal(at(logOf([said(1)]), -500).nextMs, BEGAN_MS - 500_000 + CLEAR_MS);
});

test("a line that does not say when it was stored is shown", () => {
  for (const storedAt of [undefined, "", "yesterday"]) {
    assert.deepEqual(texts(at(logOf([said(1, { stored_at: storedAt })]), 500)), ["said at 1"]);
  }
});

test("without a silence to clear after everything stays", () => {
  const log = logOf([said(1), said(500)]);
  const answer = at(log, 50_000, { clearMs: 0 });
  assert.equal(answer.log, log);
  assert.equal(answer.nextMs, null);
});

test("an empty log stays as it is", () => {
  const log = emptyLog();
  assert.deepEqual(at(log, 5), { log, nextMs: null, clearedId: "" });
});

test("a sentence that is taken back ends speech", () => {
  const log = applyEvent(logOf([said(1)], [saying(3)]), { ...saying(3), text: "" });
  assert.deepEqual(texts(at(log, 20)), []);
});
