// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { newsIn } from "../../../static/js/embed/news.js";
import { applyEvent, emptyLog } from "../../../static/js/state/captions.js";

const segment = (/** @type {number} */ n, /** @type {any} */ more = {}) => ({
  id: `s${n}`, session: "a", utterance: n, kind: "speech", text: `line ${n}`, offset_ms: n, duration_ms: 1, language: "en", revision: 0, version: n, ...more,
});
const room = { slug: "r", title: "R", language: "en" };
const hello = { type: "hello", room, live: true, version: 3, more: true, segments: [segment(2), segment(3)] };
const after = (/** @type {any} */ log, /** @type {any[]} */ ...events) => events.reduce(applyEvent, log);
const texts = (/** @type {any[]} */ captions) => captions.map(({ text }) => text);

test("what was said before the page was opened is no news", () => {
  assert.deepEqual(newsIn(null, after(emptyLog(), hello)).finals, []);
});

test("a final is news once, and so is its correction", () => {
  const before = after(emptyLog(), hello);
  const then = after(before, { type: "final", version: 4, segment: segment(4) });
  assert.deepEqual(texts(newsIn(before, then).finals), ["line 4"]);
  assert.deepEqual(newsIn(then, then).finals, []);
  const mended = after(then, { type: "revised", version: 5, segment: segment(4, { revision: 1, text: "mended", version: 5 }) });
  assert.deepEqual(texts(newsIn(then, mended).finals), ["mended"]);
});

test("older captions that a reader asks for are no news", () => {
  const before = after(emptyLog(), hello);
  const then = after(before, { type: "earlier", segments: [segment(1)], more: false });
  assert.deepEqual(newsIn(before, then).finals, []);
});

test("an interim is news whenever it changes", () => {
  const before = after(emptyLog(), hello);
  const then = after(before, { type: "interim", session: "a", utterance: 4, text: "li", offset_ms: 0, language: "en" });
  assert.deepEqual(texts(newsIn(before, then).interims), ["li"]);
  assert.deepEqual(newsIn(then, after(then, { type: "tick", version: 3 })).interims, []);
});
