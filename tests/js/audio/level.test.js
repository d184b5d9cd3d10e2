import assert from "node:assert/strict";
import test from "node:test";

import { FLOOR_DBFS, Loudness, levelOf, toDbfs, wordFor } from "../../../static/js/audio/level.js";

test("a full-scale sine has its peak at 0 dBFS and its RMS 3 dB below", () => {
  const level = levelOf(Float32Array.from({ length: 4800 }, (_, i) => Math.sin((2 * Math.PI * i) / 48)));
  assert.ok(Math.abs(toDbfs(level.peak)) < 0.01);
  assert.ok(Math.abs(toDbfs(level.rms) + 3.01) < 0.01);
});

test("silence lies at the floor, and so does nothing at all", () => {
  assert.equal(toDbfs(levelOf(new Float32Array(10)).rms), FLOOR_DBFS);
  assert.equal(toDbfs(levelOf(new Float32Array(0)).rms), FLOOR_DBFS);
});

test("each loudness has its word", () => {
  assert.deepEqual([-96, -71, -60, -35, -30, -12, -1, -0.2, 0].map(wordFor), [
    "no sound",
    "no sound",
    "too quiet",
    "too quiet",
    "good",
    "good",
    "good",
    "too loud",
    "too loud",
  ]);
});

test("the word holds through the pauses of speech", () => {
  const loudness = new Loudness();
  loudness.add({ peak: 0.2, rms: 0.1 }, 0);
  for (let atMs = 20; atMs <= 3000; atMs += 20) loudness.add({ peak: 0.001, rms: 0 }, atMs);
  assert.equal(loudness.word, "good");
});

test("the word changes once the loud moment is long ago", () => {
  const loudness = new Loudness();
  loudness.add({ peak: 0.2, rms: 0.1 }, 0);
  for (let atMs = 20; atMs <= 5000; atMs += 20) loudness.add({ peak: 0, rms: 0 }, atMs);
  assert.equal(loudness.word, "no sound");
});

test("before anything is heard there is no sound", () => {
  assert.equal(new Loudness().word, "no sound");
});
