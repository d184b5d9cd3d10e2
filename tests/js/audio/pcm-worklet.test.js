import assert from "node:assert/strict";
import test from "node:test";

/** The audio thread's globals, as little of them as the worklet uses. */
let Processor;
globalThis.sampleRate = 48000;
globalThis.AudioWorkletProcessor = class {
  port = { sent: [], postMessage: (message, transfer) => this.port.sent.push({ ...message, transfer }) };
};
globalThis.registerProcessor = (name, kind) => {
  assert.equal(name, "pcm-blocks");
  Processor = kind;
};
await import("../../../static/js/audio/pcm-worklet.js");

const quantum = (value) => new Float32Array(128).fill(value);

test("it gathers 20 ms and transfers it", () => {
  const processor = new Processor();
  for (let i = 0; i < 8; i += 1) assert.equal(processor.process([[quantum(0.5)]]), true);
  const [block] = processor.port.sent;
  assert.equal(processor.port.sent.length, 1);
  assert.equal(block.samples.length, 960);
  assert.deepEqual(block.transfer, [block.samples.buffer]);
  assert.ok(Math.abs(Date.now() - block.atMs) < 1000);
});

test("it mixes channels down to their mean", () => {
  const processor = new Processor();
  processor.process([[quantum(0.5), quantum(-0.25)]]);
  processor.port.onmessage({ data: "flush" });
  assert.deepEqual([...new Set(processor.port.sent[0].samples)], [0.125]);
});

test("a flush hands over the rest, marked as the last", () => {
  const processor = new Processor();
  processor.process([[quantum(1)]]);
  processor.port.onmessage({ data: "flush" });
  assert.equal(processor.port.sent[0].samples.length, 128);
  assert.equal(processor.port.sent[0].last, true);
});

test("it stays alive and sends nothing while nothing is connected", () => {
  const processor = new Processor();
  for (let i = 0; i < 100; i += 1) assert.equal(processor.process([[]]), true);
  assert.equal(processor.port.sent.length, 0);
});
