// @ts-check
/// <reference types="audioworklet" />
/**
 * The audio thread's part: mixes all channels down to one, gathers 20 ms of it, hands it over.
 *
 * Deliberately no more than that, and no import (browsers long disagreed about imports in worklets).
 * Resampling is done on the page's side of the port, by the same module that the tests run: the
 * audio thread must never be late, and what the port delivers is queued, not lost, while the page
 * is busy or its tab is hidden (messages are not throttled as timers are).
 *
 * In: "flush". Out: `{ samples: Float32Array, atMs }` at the context's rate, transferred, with the wall
 * clock's time; after "flush" the rest, with `last: true`.
 */
const BLOCK_SAMPLES = Math.round(sampleRate / 50);

class PcmBlocks extends AudioWorkletProcessor {
  #block = new Float32Array(BLOCK_SAMPLES);
  #filled = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data === "flush") this.#hand(this.#block.slice(0, this.#filled), true);
    };
  }

  /** @param {Float32Array[][]} inputs */
  process([channels]) {
    const length = channels[0]?.length ?? 0; // no channel: nothing is connected just now
    for (let i = 0; i < length; i += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      this.#block[this.#filled] = sum / channels.length;
      this.#filled += 1;
      if (this.#filled === BLOCK_SAMPLES) this.#hand(this.#block, false);
    }
    return true;
  }

  /**
   * @param {Float32Array<ArrayBuffer>} samples
   * @param {boolean} last
   */
  #hand(samples, last) {
    this.port.postMessage({ samples, last, atMs: Date.now() }, [samples.buffer]);
    this.#block = new Float32Array(BLOCK_SAMPLES);
    this.#filled = 0;
  }
}

registerProcessor("pcm-blocks", PcmBlocks);
