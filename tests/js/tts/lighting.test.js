import assert from "node:assert/strict";
import { test } from "node:test";
import { spokenCharacters } from "../../../static/js/tts/lighting.js";

const PIECES = [
  { text: "0123456789", atMs: 0 },
  { text: "abcde", atMs: 1000 },
];

test("inside a piece characters are spoken at an even pace", () => {
  assert.equal(spokenCharacters(PIECES, 2000, 500), 5);
  assert.equal(spokenCharacters(PIECES, 2000, 1400), 12);
});

test("at the end all are spoken, before the beginning none", () => {
  assert.equal(spokenCharacters(PIECES, 2000, 2000), 15);
  assert.equal(spokenCharacters(PIECES, 2000, 0), 0);
  assert.equal(spokenCharacters([], 0, 100), 0);
});

test("a piece whose audio has not come yet is not spoken", () => {
  assert.equal(spokenCharacters(PIECES, 1000, 999), 9);
});
