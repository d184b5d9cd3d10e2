import assert from "node:assert/strict";
import test from "node:test";

import { newTrace } from "../../../static/js/net/trace.js";

test("a trace is eight letters and figures that cannot be mistaken for each other", () => {
  for (let i = 0; i < 200; i += 1) assert.match(newTrace(), /^[2-9abcdefghjkmnp-z]{8}$/);
});

test("two of them differ", () => {
  assert.notEqual(newTrace(), newTrace());
});

test("every byte gives a letter", () => {
  assert.equal(newTrace((bytes) => bytes.fill(255)).length, 8);
});
