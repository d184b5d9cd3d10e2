import assert from "node:assert/strict";
import { test } from "node:test";
import { fromAlaw, fromMulaw } from "../../../static/js/tts/g711.js";

const bytes = (...values) => Uint8Array.from(values);

/** ITU-T G.711, table 2: the ends of the segments, positive, at 14 bit; here at 16. */
test("µ-law has the values of the recommendation's table", () => {
  const ends = [0x80, 0x8f, 0x9f, 0xaf, 0xbf, 0xcf, 0xdf, 0xef, 0xfe, 0xff];
  const values = [8031, 4191, 2079, 1023, 495, 231, 99, 33, 2, 0];
  assert.deepEqual([...fromMulaw(bytes(...ends))], values.map((value) => 4 * value));
});

/** ITU-T G.711, table 1: the same at 13 bit. */
test("A-law has the values of the recommendation's table", () => {
  const ends = [0xff, 0xf0, 0xe0, 0xd0, 0xc0, 0xb0, 0xa0, 0x90, 0x80].map((byte) => byte ^ 0x55);
  const values = [4032, 2112, 1056, 528, 264, 132, 66, 33, 1];
  assert.deepEqual([...fromAlaw(bytes(...ends))], values.map((value) => 8 * value));
});

test("each value has its negative, and a louder step is louder", () => {
  for (const [read, silent] of [[fromMulaw, 0xff], [fromAlaw, 0xd5]]) {
    const all = read(bytes(...Array(256).keys()));
    for (let byte = 0; byte < 128; byte += 1) assert.equal(all[byte] + all[byte + 128], 0);
    assert.ok(Math.abs(all[silent]) <= 8);
    assert.equal(new Set(all).size, read === fromMulaw ? 255 : 256);
  }
});

test("the first and last steps are the loudest and the faintest", () => {
  assert.deepEqual([...fromMulaw(bytes(0x00, 0x80, 0x7f, 0xff))], [-32124, 32124, 0, 0]);
  assert.deepEqual([...fromAlaw(bytes(0x2a, 0xaa, 0x55, 0xd5))], [-32256, 32256, -8, 8]);
});
