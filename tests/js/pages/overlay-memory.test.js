// @ts-check
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { OverlayMemory } from "../../../static/js/pages/overlay-memory.js";
import { overlayDisplay } from "../../../static/js/state/overlay.js";

/** What a browser keeps. @type {Map<string, string>} */
const kept = new Map();
const storage = {
  getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
  removeItem: (/** @type {string} */ key) => void kept.delete(key),
};
const withStorage = (/** @type {unknown} */ value) => Object.defineProperty(globalThis, "localStorage", { configurable: true, value });
const memory = new OverlayMemory("hall");
const larger = { ...overlayDisplay, size: 150, lines: 2 };

beforeEach(() => {
  kept.clear();
  withStorage(storage);
});

test("a change is remembered for its room alone", () => {
  memory.keep(overlayDisplay, larger);
  assert.deepEqual(memory.recall(overlayDisplay), larger);
  assert.deepEqual(new OverlayMemory("other").recall(overlayDisplay), overlayDisplay);
});

test("an address that says something else is believed", () => {
  memory.keep(overlayDisplay, larger);
  const other = { ...overlayDisplay, lines: 5 };
  assert.deepEqual(memory.recall(other), other);
});

test("an address that differs in what the gear does not change goes on with the change", () => {
  memory.keep(overlayDisplay, larger);
  assert.deepEqual(memory.recall({ ...overlayDisplay, color: "#ffff00" }), { ...larger, color: "#ffff00" });
});

test("what was put back is forgotten", () => {
  memory.keep(overlayDisplay, larger);
  memory.keep(overlayDisplay, overlayDisplay);
  assert.equal(kept.size, 0);
});

test("whatever is stored, what is recalled is within bounds", () => {
  const from = { size: 100, lines: 3 };
  for (const odd of ["", "null", "[]", "7", "{", '{"from":null}', JSON.stringify({ from, to: { size: "9e9", lines: "<b>" } }), JSON.stringify({ from })]) {
    kept.set("voxweb.overlay.hall", odd);
    assert.deepEqual(memory.recall(overlayDisplay), overlayDisplay, odd);
  }
  kept.set("voxweb.overlay.hall", JSON.stringify({ from, to: { size: 5000, lines: -3 } }));
  assert.deepEqual(memory.recall(overlayDisplay), { ...overlayDisplay, size: 300, lines: 0 });
});

test("without storage an overlay is as its address says", () => {
  withStorage({
    getItem() {
      throw new Error("no storage");
    },
    setItem() {
      throw new Error("no storage");
    },
  });
  memory.keep(overlayDisplay, larger);
  assert.deepEqual(memory.recall(overlayDisplay), overlayDisplay);
});
