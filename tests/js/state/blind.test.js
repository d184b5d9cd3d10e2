import assert from "node:assert/strict";
import test from "node:test";

import { letter, shuffled } from "../../../static/js/state/blind.js";

test("nothing is lost or doubled, and what was given stays as it was", () => {
  const given = ["a", "b", "c", "d"];
  assert.deepEqual(shuffled(given).toSorted(), given);
  assert.deepEqual(given, ["a", "b", "c", "d"]);
});

test("the dice decide the order", () => {
  assert.deepEqual(shuffled(["a", "b", "c"], () => 0), ["b", "c", "a"]);
  assert.deepEqual(shuffled(["a", "b", "c"], () => 0.99), ["a", "b", "c"]);
});

test("each order of two comes", () => {
  const orders = new Set([0.2, 0.8].map((roll) => shuffled(["a", "b"], () => roll).join("")));
  assert.deepEqual([...orders].toSorted(), ["ab", "ba"]);
});

test("places are called by letters", () => {
  assert.deepEqual([0, 1, 3].map(letter), ["A", "B", "D"]);
});
