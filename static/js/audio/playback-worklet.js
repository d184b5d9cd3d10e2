// @ts-check
/// <reference types="audioworklet" />
/**
 * The audio thread's part of playing what is still being made: a queue of samples, silence where it is empty.
 *
 * No import, as in `pcm-worklet.js`.
 *
 * In: `{ samples: Float32Array }` at the context's rate, "end" (nothing more comes), "stop" (forget all).
 * Out, about ten times a second and at each change: `{ played, underruns, sounding, ended }`, `played` in
 * frames. Playing begins when `prebuffer` frames wait, or with "end".
 */
class Queue {
  played = 0;
  underruns = 0;
  /** Whether samples are being played now. */
  sounding = false;
  ended = false;
  #blocks = /** @type {Float32Array[]} */ ([]);
  #waiting = 0;
  #at = 0;
  #last = false;
  #prebuffer;

  /** @param {number} prebuffer frames */
  constructor(prebuffer) {
    this.#prebuffer = prebuffer;
  }

  /** @param {Float32Array} samples */
  push(samples) {
    this.#blocks.push(samples);
    this.#waiting += samples.length;
  }

  end() {
    this.#last = true;
  }

  stop() {
    this.#blocks = [];
    this.#waiting = 0;
    this.#last = true;
  }

  /** Fills a block, with silence where there is nothing. @param {Float32Array} out */
  pull(out) {
    if (!this.sounding && !this.#last && this.#waiting < this.#prebuffer) return;
    let filled = 0;
    while (filled < out.length && this.#blocks.length > 0) {
      const block = this.#blocks[0];
      const length = Math.min(out.length - filled, block.length - this.#at);
      out.set(block.subarray(this.#at, this.#at + length), filled);
      filled += length;
      this.#at += length;
      if (this.#at === block.length) {
        this.#blocks.shift();
        this.#at = 0;
      }
    }
    this.#waiting -= filled;
    this.played += filled;
    if (filled === out.length) this.sounding = true;
    else if (this.#last) this.#finish();
    else if (this.sounding) {
      // Gather a little again: one break of 200 ms is easier on the ear than ten of 20 ms.
      this.sounding = false;
      this.underruns += 1;
    }
  }

  #finish() {
    this.sounding = false;
    this.ended = true;
  }
}

const REPORT_BLOCKS = Math.round(sampleRate / 10 / 128);

class PcmPlayback extends AudioWorkletProcessor {
  #queue;
  #blocks = 0;
  #wasSounding = false;

  /** @param {any} options */
  constructor(options) {
    super();
    this.#queue = new Queue(options.processorOptions.prebuffer);
    this.port.onmessage = ({ data }) => {
      if (data === "end") this.#queue.end();
      else if (data === "stop") this.#queue.stop();
      else this.#queue.push(data.samples);
    };
  }

  /** @param {Float32Array[][]} _ @param {Float32Array[][]} outputs */
  process(_, [channels]) {
    this.#queue.pull(channels[0]);
    for (const channel of channels.slice(1)) channel.set(channels[0]);
    const { played, underruns, sounding, ended } = this.#queue;
    this.#blocks += 1;
    if (this.#blocks % REPORT_BLOCKS === 0 || ended || sounding !== this.#wasSounding) {
      this.port.postMessage({ played, underruns, sounding, ended });
    }
    this.#wasSounding = sounding;
    return !ended;
  }
}

registerProcessor("pcm-playback", PcmPlayback);
