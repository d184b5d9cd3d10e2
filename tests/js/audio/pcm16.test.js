import assert from "node:assert/strict";
import test from "node:test";

import { Chunker, toFloats, toPcm16 } from "../../../static/js/audio/pcm16.js";

test("floats become PCM16, clipped at both ends", () => {
  assert.deepEqual([...toPcm16(Float32Array.of(0, 0.5, -0.5, 1, -1, 7, -7))], [0, 16384, -16384, 32767, -32768, 32767, -32768]);
});

test("what is not a number is silence", () => {
  assert.deepEqual([...toPcm16(Float32Array.of(NaN, 0.25))], [0, 8192]);
});

test("PCM16 becomes floats again", () => {
  assert.deepEqual([...toPcm16(toFloats(Int16Array.of(-32768, -1, 0, 1, 32767)))], [-32768, -1, 0, 1, 32767]);
});

test("chunks are cut to one size, whatever comes in", () => {
  const chunker = new Chunker(4);
  const chunks = [chunker.push(Int16Array.of(1, 2, 3)), chunker.push(Int16Array.of(4, 5, 6, 7, 8, 9)), [chunker.flush()]].flat();
  assert.deepEqual(chunks.map((chunk) => [...chunk]), [[1, 2, 3, 4], [5, 6, 7, 8], [9, 0, 0, 0]]);
});

test("a chunk that was handed over is not written to again", () => {
  const chunker = new Chunker(2);
  const [first] = chunker.push(Int16Array.of(1, 2));
  chunker.push(Int16Array.of(3, 4));
  assert.deepEqual([...first], [1, 2]);
});

test("the rest is handed over at a flush, with silence up to 20 ms", () => {
  const chunker = new Chunker();
  chunker.push(new Int16Array(1700).fill(5));
  const rest = chunker.flush();
  assert.equal(rest.length, 320);
  assert.deepEqual(rest.slice(99, 101), Int16Array.of(5, 0));
});

test("there is no rest after a whole chunk", () => {
  const chunker = new Chunker();
  chunker.push(new Int16Array(1600));
  assert.equal(chunker.flush(), null);
});
