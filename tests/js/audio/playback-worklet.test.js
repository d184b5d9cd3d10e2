import assert from "node:assert/strict";
import { test } from "node:test";

/** The audio thread's globals, as little of them as the worklet uses. */
let Processor;
globalThis.sampleRate = 24000;
globalThis.AudioWorkletProcessor = class {
  port = { sent: [], postMessage: (message) => this.port.sent.push(message) };
};
globalThis.registerProcessor = (_, kind) => {
  Processor = kind;
};
await import("../../../static/js/audio/playback-worklet.js");

const block = (...samples) => new Float32Array(samples);

/** The worklet as a queue: told as the page tells it, heard as the audio thread hears it. */
class Queue {
  constructor(prebuffer) {
    this.processor = new Processor({ processorOptions: { prebuffer } });
  }
  tell = (data) => this.processor.port.onmessage({ data });
  push = (samples) => this.tell({ samples });
  end = () => this.tell("end");
  stop = () => this.tell("stop");
  pull = (out) => {
    this.goesOn = this.processor.process([], [[out]]);
  };
  get said() {
    return this.processor.port.sent.at(-1);
  }
}

/** What comes out of so many pulls of four samples. */
function heard(queue, pulls) {
  const out = [];
  for (let i = 0; i < pulls; i += 1) {
    const part = block(0, 0, 0, 0);
    queue.pull(part);
    out.push(...part);
  }
  return out;
}

test("it is silent until enough waits, then plays in order whatever the blocks", () => {
  const queue = new Queue(6);
  queue.push(block(1, 2, 3));
  assert.deepEqual(heard(queue, 1), [0, 0, 0, 0]);
  queue.push(block(4, 5, 6, 7, 8));
  assert.deepEqual(heard(queue, 2), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual([queue.said.sounding, queue.said.ended], [true, false]);
});

test("a speech shorter than that is played once nothing more comes", () => {
  const queue = new Queue(100);
  queue.push(block(1, 2));
  queue.end();
  assert.deepEqual(heard(queue, 1), [1, 2, 0, 0]);
  assert.deepEqual(queue.said, { played: 2, underruns: 0, sounding: false, ended: true });
});

test("a queue that runs dry is silent, counts it, and gathers again", () => {
  const queue = new Queue(4);
  queue.push(block(1, 2, 3, 4));
  assert.deepEqual(heard(queue, 2), [1, 2, 3, 4, 0, 0, 0, 0]);
  assert.equal(queue.said.underruns, 1);
  queue.push(block(5, 6));
  assert.deepEqual(heard(queue, 1), [0, 0, 0, 0]);
  queue.push(block(7, 8));
  assert.deepEqual(heard(queue, 1), [5, 6, 7, 8]);
  assert.equal(queue.said.underruns, 1);
});

test("stopped, it is silent at once", () => {
  const queue = new Queue(1);
  queue.push(block(1, 2, 3, 4, 5, 6, 7, 8));
  heard(queue, 1);
  queue.stop();
  assert.deepEqual(heard(queue, 1), [0, 0, 0, 0]);
  assert.equal(queue.said.ended, true);
});

test("the end comes after the last sample, not before", () => {
  const queue = new Queue(1);
  queue.push(block(1, 2, 3, 4));
  queue.end();
  heard(queue, 1);
  assert.equal(queue.goesOn, true);
  heard(queue, 1);
  assert.equal(queue.goesOn, false);
  assert.equal(queue.said.played, 4);
});
