import assert from "node:assert/strict";
import { test } from "node:test";
import { extensionOf, readerOf } from "../../../static/js/tts/formats.js";

test("what is samples is read as it comes, whatever its parameters; the rest is files", () => {
  assert.deepEqual([...readerOf("audio/pcm")(new Uint8Array([1, 0]))], [1]);
  assert.deepEqual([...readerOf("Audio/Basic; rate=8000")(new Uint8Array([0x80]))], [32124]);
  assert.deepEqual([...readerOf("audio/x-alaw-basic")(new Uint8Array([0xaa]))], [32256]);
  for (const file of ["audio/mpeg", "audio/ogg", "audio/wav", ""]) assert.equal(readerOf(file), undefined);
});

test("a file's name ends as others of its kind do", () => {
  const types = ["audio/mpeg", "audio/ogg; codecs=opus", "audio/x-wav", "audio/x-flac", "audio/webm", "audio/vnd.odd+x", ""];
  assert.deepEqual(types.map(extensionOf), ["mp3", "ogg", "wav", "flac", "webm", "bin", "bin"]);
});
