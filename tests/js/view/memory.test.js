import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { keep, recall } from "../../../static/js/view/memory.js";

function storage() {
  const kept = new Map();
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
}
const define = (name, get) => Object.defineProperty(globalThis, name, { configurable: true, get });
let [local, session] = [storage(), storage()];

beforeEach(() => {
  [local, session] = [storage(), storage()];
  define("localStorage", () => local);
  define("sessionStorage", () => session);
});

test("what is kept is recalled, in its own place", () => {
  keep("local", "key", { a: [1] });
  keep("session", "key", "words");
  assert.deepEqual([recall("local", "key"), recall("session", "key")], [{ a: [1] }, "words"]);
  assert.deepEqual([local.kept.size, session.kept.size], [1, 1]);
});

test("nothing, and what is forgotten, is null", () => {
  assert.equal(recall("local", "key"), null);
  keep("local", "key", false);
  assert.equal(recall("local", "key"), false);
  keep("local", "key", null);
  assert.equal(local.kept.size, 0);
});

test("what cannot be read is nothing", () => {
  local.kept.set("key", "{");
  assert.equal(recall("local", "key"), null);
});

test("without storage, or with none left, a page goes on", () => {
  local.setItem = () => {
    throw new Error("full");
  };
  keep("local", "key", 1);
  define("localStorage", () => {
    throw new Error("switched off");
  });
  keep("local", "key", 1);
  assert.equal(recall("local", "key"), null);
});
