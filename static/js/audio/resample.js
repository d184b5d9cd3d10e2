// @ts-check
import { RATE_HZ } from "./pcm16.js";

/**
 * Stateful polyphase resampler with a Kaiser-windowed sinc. Pure.
 *
 * Output sample n stands at the input's time n / toHz exactly (no delay: the stream is taken to be
 * silent before its start and after its end), however the input is cut into pieces.
 *
 * The filter ends where the output's band ends: 48 zero crossings to each side and 80 dB put the
 * transition into the last 0.84 kHz below 8 kHz, so nothing above 8 kHz folds back into speech.
 */
const CROSSINGS = 48;
const STOPBAND_DB = 80;

export class Resampler {
  #up;
  #down;
  #half;
  #phases;
  /** Input not yet used up, the first sample of it at input index `#origin`. */
  #held = new Float32Array(0);
  #origin;
  /** The next output stands at input index `#base` + `#phase` / `#up`. */
  #base = 0;
  #phase = 0;
  #received = 0;
  #made = 0;

  /**
   * @param {number} fromHz
   * @param {number} [toHz]
   */
  constructor(fromHz, toHz = RATE_HZ) {
    const common = greatestCommonDivisor(Math.round(fromHz), Math.round(toHz));
    this.#up = Math.round(toHz) / common;
    this.#down = Math.round(fromHz) / common;
    const { half, phases } = filterFor(this.#up, this.#down);
    this.#half = half;
    this.#phases = phases;
    this.#origin = -half;
    this.#held = new Float32Array(half);
  }

  /**
   * The output that can be made now that `input` has come.
   * @param {Float32Array} input
   */
  push(input) {
    if (this.#up === this.#down) return input.slice();
    this.#received += input.length;
    this.#hold(input);
    return this.#make(Infinity);
  }

  /** The last of the output, which had waited for input that will not come. Then it starts anew. */
  flush() {
    if (this.#up === this.#down) return new Float32Array(0);
    const total = Math.ceil((this.#received * this.#up) / this.#down);
    this.#hold(new Float32Array(2 * this.#half + 1));
    const rest = this.#make(total - this.#made);
    this.#held = new Float32Array(this.#half);
    this.#origin = -this.#half;
    this.#base = this.#phase = this.#received = this.#made = 0;
    return rest;
  }

  /** @param {Float32Array} input */
  #hold(input) {
    const spent = Math.max(0, this.#base - this.#half - this.#origin);
    const kept = this.#held.subarray(spent);
    const held = new Float32Array(kept.length + input.length);
    held.set(kept);
    held.set(input, kept.length);
    this.#origin += this.#held.length - kept.length;
    this.#held = held;
  }

  /** @param {number} limit samples at most */
  #make(limit) {
    const half = this.#half;
    const taps = 2 * half + 1;
    const held = this.#held;
    const lastBase = this.#origin + held.length - 1 - half;
    const room = Math.max(0, Math.ceil(((lastBase - this.#base + 1) * this.#up) / this.#down) + 1);
    const output = new Float32Array(Math.min(room, limit));
    const step = Math.floor(this.#down / this.#up);
    const part = this.#down % this.#up;
    let count = 0;
    while (this.#base <= lastBase && count < output.length) {
      const filter = this.#phases[this.#phase];
      const first = this.#base - half - this.#origin;
      let sum = 0;
      for (let tap = 0; tap < taps; tap += 1) sum += held[first + tap] * filter[tap];
      output[count] = sum;
      count += 1;
      this.#base += step;
      this.#phase += part;
      if (this.#phase >= this.#up) {
        this.#phase -= this.#up;
        this.#base += 1;
      }
    }
    this.#made += count;
    return output.subarray(0, count);
  }
}

/**
 * One filter a phase, each of `2 * half + 1` taps around the input sample before the output's place.
 * @param {number} up
 * @param {number} down
 */
function filterFor(up, down) {
  const narrower = Math.min(1, up / down); // the narrower of both bands, as a share of the input's
  const half = Math.ceil(CROSSINGS / narrower) + 1;
  const beta = 0.1102 * (STOPBAND_DB - 8.7);
  // Half of Kaiser's transition width below the band's end, in cycles per input sample.
  const transition = (STOPBAND_DB - 8) / (2.285 * 2 * Math.PI * 2 * (CROSSINGS / narrower));
  const cutoff = 0.5 * narrower - transition / 2;
  const phases = [];
  for (let phase = 0; phase < up; phase += 1) {
    const filter = new Float32Array(2 * half + 1);
    let gain = 0;
    for (let tap = 0; tap < filter.length; tap += 1) {
      const away = tap - half - phase / up;
      filter[tap] = sinc(2 * cutoff * away) * kaiser((away * narrower) / CROSSINGS, beta);
      gain += filter[tap];
    }
    for (let tap = 0; tap < filter.length; tap += 1) filter[tap] /= gain; // no phase louder than another
    phases.push(filter);
  }
  return { half, phases };
}

/** @param {number} x */
function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/**
 * Kaiser's window at x from -1 to 1; nothing outside.
 * @param {number} x
 * @param {number} beta
 */
function kaiser(x, beta) {
  return Math.abs(x) >= 1 ? 0 : bessel(beta * Math.sqrt(1 - x * x)) / bessel(beta);
}

/**
 * Modified Bessel function of the first kind, order 0, by its series.
 * @param {number} x
 */
function bessel(x) {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
