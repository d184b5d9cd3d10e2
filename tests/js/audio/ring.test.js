import assert from "node:assert/strict";
import test from "node:test";

import { AudioRing } from "../../../static/js/audio/ring.js";

/** A ring of chunks that count up from 0. */
function ringOf(lengths, limit) {
  const ring = new AudioRing(limit);
  for (const length of lengths) ring.append(Int16Array.from({ length }, (_, i) => ring.end + i));
  return ring;
}

test("it reads on from any index, across chunks", () => {
  const piece = ringOf([4, 4, 4]).read(3, 6);
  assert.equal(piece.first, 3);
  assert.deepEqual([...piece.pcm], [3, 4, 5, 6, 7, 8]);
});

test("there is nothing at its end", () => {
  assert.equal(ringOf([4]).read(4, 10), null);
});

test("it forgets only chunks that lie wholly before", () => {
  const ring = ringOf([4, 4, 4]);
  ring.forget(7);
  assert.deepEqual([ring.start, ring.end, ring.held], [4, 12, 8]);
});

test("over its bound it drops the oldest", () => {
  const ring = ringOf([4, 4, 4], 8);
  assert.deepEqual([ring.start, ring.end, ring.held], [4, 12, 8]);
  assert.equal(ring.read(0, 2).first, 4);
});

test("a hole is jumped over and never read across", () => {
  const ring = ringOf([4]);
  ring.skip(10);
  ring.append(Int16Array.of(7, 8));
  assert.deepEqual([...ring.read(2, 100).pcm], [2, 3]);
  assert.equal(ring.read(4, 100).first, 14);
  assert.equal(ring.end, 16);
});

test("it can be moved to where a session goes on", () => {
  const ring = ringOf([4, 4]);
  ring.shift(1000);
  assert.deepEqual([ring.start, ring.end, ring.read(1003, 2).first], [1000, 1008, 1003]);
});

test("it stays bounded through an hour without a connection", () => {
  const ring = new AudioRing();
  for (let i = 0; i < 36000; i += 1) ring.append(new Int16Array(1600));
  assert.equal(ring.held, ring.limit);
  assert.ok(ring.limit >= 60 * 16000);
});

test("a long hole closes and what follows comes forward; a short one stays", () => {
  const ring = new AudioRing();
  ring.append(new Int16Array(4));
  ring.skip(2);
  ring.append(new Int16Array(4));
  ring.skip(1000);
  ring.append(new Int16Array(4));
  ring.skip(1);
  ring.append(new Int16Array(4));
  ring.closeHoles(0, 10);
  const firsts = [0, 5, 10, 15].map((index) => ring.read(index, 4).first);
  assert.deepEqual(firsts, [0, 6, 10, 15]);
  assert.equal(ring.end, 19);
});

test("a hole before the index stays as long as it is", () => {
  const ring = new AudioRing();
  ring.append(new Int16Array(4));
  ring.skip(100);
  ring.append(new Int16Array(4));
  ring.closeHoles(104, 10);
  assert.equal(ring.read(4, 4).first, 104);
});
