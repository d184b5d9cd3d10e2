import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { HostMemory } from "../../../static/js/pages/host-memory.js";

/** What a tab keeps over a reload. */
const kept = new Map();
Object.defineProperty(globalThis, "localStorage", {
  configurable: true,
  value: {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  },
});
let memory;

beforeEach(() => {
  kept.clear();
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  memory = new HostMemory("hall");
  memory.keep({ session: "s1", captured: 16_000 });
});

test("what is said while the page is loaded again is missing from the session", () => {
  mock.timers.tick(3000);
  assert.equal(memory.resumeAt("s1"), 16_000 + 48_000);
});

test("a quick reload loses nothing, and a long pause was none", () => {
  mock.timers.tick(900);
  assert.equal(memory.resumeAt("s1"), 16_000);
  mock.timers.tick(121_000);
  assert.equal(memory.resumeAt("s1"), 16_000);
});

test("another session begins where the server says", () => {
  assert.equal(memory.resumeAt("s2"), 0);
  memory.forget();
  assert.equal(memory.resumeAt("s1"), 0);
});
