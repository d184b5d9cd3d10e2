// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { asText, fileNameFor } from "../../../static/js/state/plain.js";
import { PlainRecord } from "../../../static/js/state/plain-record.js";

const segment = (/** @type {string} */ id, /** @type {any} */ more = {}) => ({
  id, session: "a", utterance: 1, kind: "speech", text: id, offset_ms: 0, duration_ms: 2000, language: "en", revision: 0, ...more,
});

test("what was said is a line each, with speakers, gaps in words and a space between sessions", () => {
  const segments = [segment("one", { speaker: "Ada" }), segment("", { kind: "gap", text: "" }), segment("two", { session: "b" })];
  assert.equal(asText({ title: "Talk" }, segments), "Talk\n\nAda: one\n[no captions for 2 s: the audio was lost]\n\ntwo\n");
});

test("what was struck out is left out", () => {
  assert.equal(asText({ title: "Talk" }, [segment("one", { text: "" })]), "Talk\n\n");
});

test("a file's name is one on any system", () => {
  const day = new Date("2026-05-04T23:00:00Z");
  assert.equal(fileNameFor("../a/b: c?\u0000", day), "a-b-c 2026-05-04.txt");
  assert.equal(fileNameFor("محاضرة", day), "محاضرة 2026-05-04.txt");
  assert.equal(fileNameFor("///", day), "captions 2026-05-04.txt");
});

const added = (/** @type {PlainRecord} */ record, /** @type {any[]} */ segments) =>
  record.news(segments).map(({ segment: { text }, corrects }) => (corrects ? `Correction: ${text}` : text));

test("a text that only grows says each caption once", () => {
  const record = new PlainRecord([{ id: "one", revision: 0 }]);
  assert.deepEqual(added(record, [segment("one"), segment("two")]), ["two"]);
  assert.deepEqual(added(record, [segment("one"), segment("two"), segment("three")]), ["three"]);
  assert.deepEqual(added(record, [segment("one"), segment("two"), segment("three")]), []);
});

test("a correction is added, once, and what stands above stays", () => {
  const record = new PlainRecord([{ id: "one", revision: 0 }]);
  assert.deepEqual(added(record, [segment("one", { revision: 1, text: "won" })]), ["Correction: won"]);
  assert.deepEqual(added(record, [segment("one", { revision: 1, text: "won" })]), []);
  assert.deepEqual(added(record, [segment("one", { revision: 0 })]), []);
});

test("what was corrected before it was said is simply said; what was taken back is not", () => {
  const record = new PlainRecord([]);
  assert.deepEqual(added(record, [segment("one", { revision: 2, text: "won" }), segment("two", { revision: 1, text: "" })]), ["won"]);
});
