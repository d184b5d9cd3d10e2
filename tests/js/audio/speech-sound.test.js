import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** What is asked of the audio thread, and by which contexts. */
let nodes = [];
let contexts = [];
let opening = async () => {};
let decode = async () => assert.fail("nothing to decode");

class FakeContext {
  state = "running";
  audioWorklet = { addModule: () => opening() };
  constructor({ sampleRate }) {
    this.sampleRate = sampleRate;
    contexts.push(this);
  }
  resume = async () => {};
  close = async () => {
    this.state = "closed";
  };
}
class FakeNode {
  told = [];
  port = { postMessage: (message) => this.told.push(message) };
  constructor() {
    nodes.push(this);
  }
  connect() {}
  disconnect() {}
  report(report) {
    this.port.onmessage?.({ data: { played: 0, underruns: 0, sounding: true, ended: false, ...report } });
  }
  /** All samples it was given, as they were. */
  get samples() {
    return this.told.flatMap((each) => (each.samples ? [...each.samples].map((sample) => sample * 32768) : []));
  }
}
Object.assign(globalThis, {
  AudioContext: FakeContext,
  AudioWorkletNode: FakeNode,
  OfflineAudioContext: class {
    constructor(_channels, _length, rateHz) {
      this.rateHz = rateHz;
    }
    decodeAudioData = (file) => decode(new Uint8Array(file), this.rateHz);
  },
  setTimeout: () => 0, // nothing here waits for a browser that plays nothing
});
const { SpeechSound } = await import("../../../static/js/audio/speech-sound.js");

const pcm = (...samples) => new Uint8Array(Int16Array.from(samples).buffer);
const settled = () => new Promise((resolve) => setImmediate(resolve));

function made({ playsAtOnce = true } = {}) {
  const sound = new SpeechSound("worklet.js", playsAtOnce);
  const heard = [];
  for (const type of ["first", "ended"]) sound.addEventListener(type, () => heard.push(type));
  sound.addEventListener("silent", ({ detail }) => heard.push(`silent ${detail}`));
  return { sound, heard };
}

beforeEach(() => {
  nodes = [];
  contexts = [];
  opening = async () => {};
});

test("what comes while the player is being opened is played first, in order", async () => {
  const { sound, heard } = made();
  sound.begin("audio/pcm", 24000);
  sound.push(pcm(1, 2));
  sound.push(pcm(3));
  await settled();
  sound.push(pcm(4));
  sound.end();
  assert.deepEqual(nodes[0].samples, [1, 2, 3, 4]);
  assert.equal(nodes[0].told.at(-1), "end");
  nodes[0].report({ played: 2 });
  nodes[0].report({ played: 4, sounding: false, ended: true });
  assert.deepEqual(heard, ["first", "ended"]);
});

test("stopped while the player is being opened, it stays silent", async () => {
  let open = () => {};
  opening = () => new Promise((resolve) => (open = resolve));
  const { sound, heard } = made();
  sound.begin("audio/pcm", 24000);
  sound.push(pcm(1));
  await settled();
  sound.stop();
  open();
  await settled();
  assert.equal(contexts[0].state, "closed");
  assert.deepEqual(nodes.flatMap(({ told }) => told), []);
  assert.deepEqual(heard, []);
});

test("a browser that cannot open a player says so, unless nobody wants it any more", async () => {
  opening = () => Promise.reject(new Error("none"));
  const { sound, heard } = made();
  sound.begin("audio/pcm", 24000);
  await settled();
  assert.deepEqual(heard, ["silent false"]);
  sound.replay();
  sound.stop();
  await settled();
  assert.deepEqual(heard, ["silent false"]);
});

test("where it is only collected, nothing sounds until it is asked for", async () => {
  const { sound } = made({ playsAtOnce: false });
  sound.begin("audio/pcm", 24000);
  sound.push(pcm(5, 6));
  sound.end();
  await settled();
  assert.equal(nodes.length, 0);
  sound.replay();
  await settled();
  assert.deepEqual(nodes[0].samples, [5, 6]);
});

test("it is played again from a place, and what still comes follows", async () => {
  const { sound, heard } = made();
  sound.begin("audio/pcm", 1000);
  sound.push(pcm(1, 2, 3, 4));
  await settled();
  sound.replay(3);
  assert.deepEqual([sound.playedMs, sound.isPlaying], [3, true]);
  await settled();
  sound.push(pcm(5));
  assert.deepEqual(nodes[1].samples, [4, 5]);
  nodes[1].report({ played: 1 });
  assert.equal(sound.playedMs, 4);
  sound.end();
  nodes[1].report({ played: 2, ended: true });
  assert.deepEqual([sound.playedMs, sound.isPlaying], [5, false]);
  assert.deepEqual(heard, ["first", "ended"]);
});

test("from its end there is nothing to play", async () => {
  const { sound } = made({ playsAtOnce: false });
  sound.begin("audio/pcm", 1000);
  sound.push(pcm(1, 2));
  sound.end();
  sound.replay(99);
  assert.equal(sound.playedMs, 2);
  await settled();
  assert.deepEqual(nodes[0].told, ["end"]);
});

test("telephony's samples sound as they come, at their rate, and are a WAV file to keep", async () => {
  const { sound } = made();
  sound.begin("audio/basic", 8000);
  await settled();
  sound.push(new Uint8Array([0x80, 0x00]));
  assert.deepEqual(nodes[0].samples, [32124, -32124]);
  assert.equal(contexts[0].sampleRate, 8000);
  assert.deepEqual([sound.fileName, sound.file().type, sound.file().size], ["speech.wav", "audio/wav", 48]);
  assert.equal(sound.lengthMs, 0.25);
});

test("a file is played when it is whole, at the rate that it has, its channels as one", async () => {
  decode = async (bytes, rateHz) => {
    assert.deepEqual([...bytes], [1, 2, 3]);
    const channels = [[0.5, 0.25], [0, -0.25]].map((each) => Float32Array.from(each));
    return { numberOfChannels: 2, sampleRate: rateHz, getChannelData: (number) => channels[number] };
  };
  const { sound, heard } = made();
  sound.begin("audio/mpeg", 44100);
  sound.piece("ab");
  sound.push(new Uint8Array([1, 2]));
  sound.push(new Uint8Array([3]));
  await settled();
  assert.equal(nodes.length, 0);
  sound.end();
  sound.end();
  await settled();
  assert.equal(nodes.length, 1);
  assert.deepEqual(nodes[0].samples, [8192, 0]);
  assert.equal(contexts[0].sampleRate, 44100);
  nodes[0].report({ played: 1 });
  assert.equal(sound.spoken, 1);
  nodes[0].report({ played: 2, ended: true });
  assert.equal(sound.spoken, 2);
  assert.deepEqual(heard, ["first", "ended"]);
  assert.deepEqual([sound.fileName, sound.file().type, sound.file().size], ["speech.mp3", "audio/mpeg", 3]);
});

test("a file that the browser cannot read is silent, and still a file", async () => {
  decode = () => Promise.reject(new Error("odd"));
  const { sound, heard } = made();
  sound.begin("audio/ogg", 48000);
  sound.push(new Uint8Array([1, 2]));
  sound.end();
  await settled();
  assert.deepEqual(heard, ["silent false"]);
  assert.deepEqual([sound.fileName, new Uint8Array(await sound.file().arrayBuffer())], ["speech.ogg", new Uint8Array([1, 2])]);
});

test("a file that breaks off, or that was stopped, is not played unasked", async () => {
  for (const leave of [(sound) => sound.end(false), (sound) => (sound.stop(), sound.end())]) {
    const { sound } = made();
    sound.begin("audio/mpeg", 24000);
    sound.push(new Uint8Array([1]));
    leave(sound);
    await settled();
    assert.deepEqual([nodes.length, sound.isEmpty], [0, false]);
  }
});
