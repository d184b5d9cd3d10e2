import assert from "node:assert/strict";
import test from "node:test";

import { Interruption } from "../../../static/js/audio/interruption.js";

const BLOCK_MS = 20;

/** Hears so many ms of one level, in dBFS; after how many a voice was first noticed, or `null`. */
function hear(interruption, dbfs, ms, clock) {
  let found = null;
  for (let passed = 0; passed < ms; passed += BLOCK_MS) {
    clock.ms += BLOCK_MS;
    if (interruption.hear({ peak: 0, rms: 10 ** (dbfs / 20) }, clock.ms)) found ??= passed;
  }
  return found;
}

function room(dbfs) {
  const all = { interruption: new Interruption(), clock: { ms: 0 } };
  hear(all.interruption, dbfs, 3000, all.clock);
  return all;
}

for (const noise of [-80, -60, -40]) {
  test(`a voice in a room of ${noise} dBFS is noticed after 200 ms`, () => {
    const { interruption, clock } = room(noise);
    assert.equal(hear(interruption, -20, 1000, clock), 200);
  });
}

test("a cough is none", () => {
  const { interruption, clock } = room(-60);
  assert.equal(hear(interruption, -15, 140, clock), null);
  assert.equal(hear(interruption, -60, 200, clock), null);
  assert.equal(hear(interruption, -15, 140, clock), null);
});

test("the gaps inside a word do not begin it anew", () => {
  const { interruption, clock } = room(-60);
  assert.equal(hear(interruption, -20, 120, clock), null);
  assert.equal(hear(interruption, -60, 60, clock), null);
  assert.notEqual(hear(interruption, -20, 120, clock), null);
});

test("a fan that is switched on is noise after a while", () => {
  const { interruption, clock } = room(-70);
  hear(interruption, -38, 10_000, clock);
  assert.equal(hear(interruption, -38, 1000, clock), null);
  assert.notEqual(hear(interruption, -15, 1000, clock), null);
});

test("who has talked for long can still interrupt after a pause", () => {
  const { interruption, clock } = room(-60);
  hear(interruption, -20, 20_000, clock);
  hear(interruption, -60, 600, clock);
  assert.equal(hear(interruption, -20, 1000, clock), 200);
});
