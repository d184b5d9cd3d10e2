import assert from "node:assert/strict";
import { test } from "node:test";
import { audioOf, got, speak } from "../../../static/js/tts/messages.js";

test("audio says whose it is", () => {
  const { id, bytes } = audioOf(new Uint8Array([1, 2, 0, 0, 7, 8]).buffer);
  assert.equal(id, 513);
  assert.deepEqual([...bytes], [7, 8]);
});

test("a message without audio is none", () => {
  assert.equal(audioOf(new Uint8Array([1, 0, 0, 0]).buffer), null);
  assert.equal(audioOf(new ArrayBuffer(0)), null);
});

test("a speech is asked for by number, with what is to become of it", () => {
  assert.deepEqual(JSON.parse(speak(3, { text: "Hi." }, { keep: true, trace: false })), {
    type: "speak",
    id: 3,
    speech: { text: "Hi." },
    keep: true,
    trace: false,
  });
  assert.deepEqual(JSON.parse(got(3, 100)), { type: "got", id: 3, bytes: 100 });
});
