import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBytes, joined, peaks, wavFile } from "../../../static/js/tts/pcm.js";

test("samples are read as little-endian, wherever in a message they stand", () => {
  const message = new Uint8Array([9, 9, 9, 9, 1, 0, 255, 127, 0, 128]);
  assert.deepEqual([...fromBytes(message.subarray(4))], [1, 32767, -32768]);
});

test("blocks are joined in order", () => {
  assert.deepEqual([...joined([new Int16Array([1, 2]), new Int16Array([]), new Int16Array([3])])], [1, 2, 3]);
});

test("a peak is the loudest sample of its stretch", () => {
  assert.deepEqual([...peaks(new Int16Array([0, -16384, 8192, 0]), 2)], [0.5, 0.25]);
  assert.deepEqual([...peaks(new Int16Array([]), 2)], [0, 0]);
});

test("a file has its sizes, its rate and its samples", () => {
  const view = new DataView(wavFile(new Int16Array([1, -1]), 24000));
  const text = (at, length) => String.fromCharCode(...new Uint8Array(view.buffer, at, length));
  assert.equal(text(0, 4) + text(8, 8) + text(36, 4), "RIFFWAVEfmt data");
  assert.equal(view.getUint32(4, true), view.byteLength - 8);
  assert.equal(view.getUint32(24, true), 24000);
  assert.equal(view.getUint32(40, true), 4);
  assert.deepEqual([view.getInt16(44, true), view.getInt16(46, true)], [1, -1]);
});
