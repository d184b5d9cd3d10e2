// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEvent, emptyLog } from "../../../static/js/state/captions.js";
import { logBehind, nextBehindMs, noHistory, noted } from "../../../static/js/state/delay.js";

const T0 = Date.parse("2026-05-04T10:00:00Z");
const iso = (/** @type {number} */ s) => new Date(T0 + s * 1000).toISOString();
const segment = (/** @type {number} */ n, /** @type {number} */ storedS) => ({
  id: `s${n}`, session: "a", utterance: n, kind: "speech", text: `line ${n}`, offset_ms: n * 1000, duration_ms: 900,
  language: "en", revision: 0, version: n, stored_at: iso(storedS),
});

/** A room whose events come at seconds of the clock; what somebody sees who is behind. */
function room(/** @type {number} */ skewMs = 0) {
  let log = emptyLog();
  let history = noHistory;
  const at = (/** @type {number} */ s) => T0 + s * 1000;
  return {
    hear(/** @type {number} */ s, /** @type {any} */ event) {
      log = applyEvent(log, event);
      history = noted(history, log, { nowMs: at(s), skewMs });
    },
    seen(/** @type {number} */ s, /** @type {number} */ delayS) {
      const behind = logBehind(history, { delayMs: delayS * 1000, nowMs: at(s) });
      return [...behind.segments.map(({ text }) => text), ...[...behind.interims.values()].map(({ text }) => `${text}…`)];
    },
    nextS: (/** @type {number} */ s, /** @type {number} */ delayS) => {
      const next = nextBehindMs(history, { delayMs: delayS * 1000, nowMs: at(s) });
      return next === null ? null : (next - T0) / 1000;
    },
    live: (/** @type {number} */ s, /** @type {number} */ delayS) =>
      logBehind(history, { delayMs: delayS * 1000, nowMs: at(s) }).live,
  };
}
const hello = (/** @type {any[]} */ segments) => ({ type: "hello", room: { slug: "r", title: "R", language: "en" }, live: true, version: segments.length, segments });
const final = (/** @type {any} */ made) => ({ type: "final", version: made.version, segment: made });
const interim = (/** @type {number} */ utterance, /** @type {string} */ text) => ({ type: "interim", session: "a", utterance, text, offset_ms: 0, language: "en" });

test("without a delay the newest is shown", () => {
  const here = room();
  here.hear(0, hello([segment(1, -1)]));
  assert.deepEqual(here.seen(0, 0), ["line 1"]);
});

test("with one, each word comes so much later, in the order and at the pace in which it came", () => {
  const here = room();
  here.hear(0, hello([]));
  here.hear(1, interim(1, "li"));
  here.hear(2, interim(1, "line"));
  here.hear(3, final(segment(1, 3)));
  here.hear(4, interim(2, "and"));
  assert.deepEqual(here.seen(10, 10), []);
  assert.deepEqual(here.seen(11, 10), ["li…"]);
  assert.deepEqual(here.seen(12, 10), ["line…"]);
  assert.deepEqual(here.seen(13, 10), ["line 1"]);
  assert.deepEqual(here.seen(14, 10), ["line 1", "and…"]);
});

test("a reload does not run ahead: what was stored lately is held back", () => {
  const here = room();
  here.hear(0, hello([segment(1, -30), segment(2, -5)]));
  assert.deepEqual(here.seen(0, 10), ["line 1"]);
  assert.deepEqual(here.seen(5, 10), ["line 1", "line 2"]);
});

test("clocks that differ do not matter", () => {
  const here = room(3_600_000);
  here.hear(0, hello([segment(1, 3600 - 30), segment(2, 3600 - 5)]));
  assert.deepEqual(here.seen(0, 10), ["line 1"]);
  assert.deepEqual(here.seen(5, 10), ["line 1", "line 2"]);
});

test("a final and the interim that it ends are never seen together", () => {
  const here = room();
  here.hear(0, hello([]));
  here.hear(1, interim(1, "line"));
  here.hear(2, final(segment(1, 1.9)));
  for (let s = 5; s < 9; s += 0.05) assert.ok(here.seen(s, 5).length <= 1, `${s}`);
});

test("what was missed comes at its own time, not that much later again", () => {
  const here = room();
  here.hear(0, hello([]));
  here.hear(30, { type: "changes", version: 1, segments: [segment(1, 5)] });
  assert.deepEqual(here.seen(30, 20), ["line 1"]);
});

test("how the room stands is what it was then", () => {
  const here = room();
  here.hear(0, hello([]));
  here.hear(5, { type: "status", live: false, upstream: "ended" });
  assert.equal(here.live(9, 10), false); // nothing is known of before
  assert.equal(here.live(10, 10), true);
  assert.equal(here.live(15, 10), false);
});

test("it says when to look again, until it has caught up", () => {
  const here = room();
  here.hear(0, hello([]));
  here.hear(3, final(segment(1, 3)));
  assert.equal(here.nextS(4, 10), 10);
  assert.equal(here.nextS(10, 10), 13);
  assert.equal(here.nextS(13, 10), null);
});

test("an hour of words is not kept for a minute's delay", () => {
  let history = noHistory;
  const log = emptyLog();
  for (let s = 0; s < 3600; s += 0.5) history = noted(history, log, { nowMs: T0 + s * 1000, skewMs: 0 });
  assert.ok(history.seen.length < 140);
});
