// @ts-check
import { levelOf } from "./level.js";
import { Pauses } from "./pauses.js";
import { Chunker, toPcm16 } from "./pcm16.js";
import { Resampler } from "./resample.js";

/**
 * Takes the sound of one source: worklet, resampler, PCM16, chunks of 100 ms.
 *
 * The context runs at the device's own rate, whatever that is: asked for 16 kHz, browsers disagree
 * (some refuse the microphone, some bend time, some let through what folds into speech).
 *
 * Events: `chunk` (detail: Int16Array), `level` (detail: {peak, rms}), `pause` (detail: ms of sound that
 * is missing here, for the computer slept or its sound stood still).
 */
export class Capture extends EventTarget {
  static flushMs = 300;

  /** When sound last came, digital silence included; performance.now(), and by the wall clock. */
  blockAtMs = performance.now();
  blockAtWallMs = Date.now();
  /** When a sample last was anything but zero. */
  soundAtMs = performance.now();
  /** Whether one ever was. */
  sounded = false;
  #context;
  #source;
  #node;
  #resampler;
  #chunker = new Chunker();
  #pauses = new Pauses();
  /** @type {AudioNode | null} */
  #tap = null;
  #done = () => {};
  #ending = false;

  /**
   * Makes ready; nothing is taken before `run()`.
   * @param {import("./sources.js").Source} source
   * @param {string} workletUrl
   */
  static async prepare(source, workletUrl) {
    const context = new AudioContext({ latencyHint: "interactive" });
    try {
      await context.audioWorklet.addModule(workletUrl);
      return new Capture(context, source);
    } catch (error) {
      void context.close();
      throw error;
    }
  }

  /**
   * @param {AudioContext} context
   * @param {import("./sources.js").Source} source
   */
  constructor(context, source) {
    super();
    this.#context = context;
    this.#source = source;
    this.#resampler = new Resampler(context.sampleRate);
    // No output: nothing that a microphone hears can come back out of the speakers.
    this.#node = new AudioWorkletNode(context, "pcm-blocks", { numberOfInputs: 1, numberOfOutputs: 0 });
    this.#node.port.onmessage = ({ data }) => this.#take(data);
  }

  get source() {
    return this.#source;
  }

  run() {
    this.blockAtMs = this.soundAtMs = performance.now();
    // Never awaited: it may not settle where the browser wants a click first, and need not.
    this.#context.resume().catch(() => {});
    this.#tap = this.#source.attach(this.#context);
    this.#tap.connect(this.#node);
    this.#source.begin();
  }

  /** Takes the last samples, then lets go of the source. The rest comes as a `chunk` before it resolves. */
  async stop() {
    this.#ending = true;
    await new Promise((resolve) => {
      this.#done = () => resolve(undefined);
      setTimeout(resolve, Capture.flushMs); // a context that stands still does not answer
      this.#node.port.postMessage("flush");
    });
    this.#node.port.onmessage = null;
    this.#give(this.#resampler.flush());
    this.#giveRest();
    this.close();
  }

  /** Lets go at once. */
  close() {
    this.#node.port.onmessage = null;
    this.#tap?.disconnect();
    this.#source.close();
    if (this.#context.state !== "closed") void this.#context.close();
  }

  /** @param {{ samples: Float32Array, last: boolean, atMs: number }} block */
  #take({ samples, last, atMs }) {
    const level = levelOf(samples);
    this.blockAtMs = performance.now();
    // What a source still gives while it is let go of belongs before whatever is missing; a file waits for us.
    if (!this.#ending && this.#source.kind !== "file") this.#notePause(atMs, (1000 * samples.length) / this.#context.sampleRate);
    this.blockAtWallMs = Date.now();
    if (level.peak > 0) {
      this.soundAtMs = this.blockAtMs;
      this.sounded = true;
    }
    this.#tell("level", level);
    this.#give(this.#resampler.push(samples));
    if (last) this.#done();
  }

  /**
   * @param {number} atMs
   * @param {number} lengthMs
   */
  #notePause(atMs, lengthMs) {
    const missingMs = this.#pauses.before({ atMs, lengthMs }, this.blockAtMs);
    if (!missingMs) return;
    this.#giveRest();
    this.#tell("pause", missingMs);
  }

  #giveRest() {
    const rest = this.#chunker.flush();
    if (rest) this.#tell("chunk", rest);
  }

  /** @param {Float32Array} floats at 16 kHz */
  #give(floats) {
    for (const chunk of this.#chunker.push(toPcm16(floats))) this.#tell("chunk", chunk);
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
