import assert from "node:assert/strict";
import { test } from "node:test";
import { Readings } from "../../../static/js/state/readings.js";

const line = (id, more = {}) => ({ id, kind: "speech", text: "words", ...more });
const log = (...segments) => ({ segments });
const all = (readings) => {
  const found = [];
  for (let id = readings.next(); id; id = readings.next()) found.push(id);
  return found;
};

test("what was there before is not read", () => {
  const readings = new Readings(log(line("a")));
  readings.take(log(line("a"), line("b")));
  assert.deepEqual(all(readings), ["b"]);
});

test("each caption is read once, corrected or not", () => {
  const readings = new Readings(log());
  readings.take(log(line("a")));
  readings.take(log(line("a", { text: "other words" })));
  assert.deepEqual(all(readings), ["a"]);
});

test("gaps and what was struck out are not read", () => {
  const readings = new Readings(log());
  readings.take(log(line("a", { kind: "gap", text: "" }), line("b", { text: " " }), line("c")));
  assert.deepEqual(all(readings), ["c"]);
});

test("who falls behind goes on with what is newest, and knows how much was left out", () => {
  const readings = new Readings(log());
  readings.take(log(..."abcde".split("").map((id) => line(id))));
  assert.equal(readings.skipped, 2);
  assert.deepEqual(all(readings), ["c", "d", "e"]);
});

test("where nothing is known yet, what comes first was there before", () => {
  const readings = new Readings(null);
  readings.take(log(line("a")));
  readings.take(log(line("a"), line("b")));
  assert.deepEqual(all(readings), ["b"]);
});
