import assert from "node:assert/strict";
import { test } from "node:test";

import { backoff } from "../../../static/js/net/backoff.js";

const take = (count, delays) => Array.from({ length: count }, () => delays.next().value);

test("delays double up to the cap and stay there", () => {
  const delays = take(6, backoff({ firstMs: 100, capMs: 1000, random: () => 1 }));
  assert.deepEqual(delays, [100, 200, 400, 800, 1000, 1000]);
});

test("chance takes off up to half of a delay", () => {
  assert.deepEqual(take(2, backoff({ firstMs: 100, random: () => 0 })), [50, 100]);
});
