import assert from "node:assert/strict";
import test from "node:test";

import { SendBudget } from "../../../static/js/net/send-budget.js";

const budget = () => new SendBudget({ burst: 1024, pace: 2 }); // 32 samples a millisecond

test("a burst may go at once, and no more", () => {
  const some = budget();
  assert.equal(some.at(5000), 1024);
  some.spend(1024);
  assert.equal(some.at(5000), 0);
});

test("it fills at its pace, up to the burst", () => {
  const some = budget();
  some.at(0);
  some.spend(1024);
  assert.equal(some.at(10), 320);
  assert.equal(some.at(10_000), 1024);
});

test("held, it is empty for that long", () => {
  const some = budget();
  some.at(0);
  some.hold(100);
  assert.ok(some.at(99) <= 0);
  assert.ok(some.at(110) > 0);
});

test("a clock that goes back gives nothing away", () => {
  const some = budget();
  some.at(1024);
  some.spend(1024);
  assert.equal(some.at(500), 0);
});

test("it is whole milliseconds", () => {
  const some = budget();
  some.at(0);
  some.spend(1024);
  assert.equal(some.at(0.6), 16);
});
