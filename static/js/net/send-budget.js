// @ts-check
import { RATE_HZ, SAMPLES_PER_MS } from "../audio/pcm16.js";

/**
 * How much audio may be sent now. Pure.
 *
 * After an outage there is a backlog. The first ten seconds of it go at once, the rest at two and a
 * half times the pace of speech: recognition keeps up with that, and the server does not take the
 * host for one that floods it.
 */
export class SendBudget {
  #samples;
  #atMs = 0;

  constructor({ burst = 10 * RATE_HZ, pace = 2.5 } = {}) {
    this.burst = burst;
    this.samplesPerMs = (pace * RATE_HZ) / 1000;
    this.#samples = burst;
  }

  /**
   * Samples that may be sent at a moment: whole milliseconds, so that wherever a connection breaks, times
   * of the session that go on from there stay whole.
   * @param {number} nowMs of a clock that only goes forward
   */
  at(nowMs) {
    const since = Math.max(0, nowMs - this.#atMs);
    this.#atMs = Math.max(this.#atMs, nowMs);
    this.#samples = Math.min(this.burst, this.#samples + since * this.samplesPerMs);
    return Math.floor(this.#samples / SAMPLES_PER_MS) * SAMPLES_PER_MS;
  }

  /** @param {number} samples that were sent */
  spend(samples) {
    this.#samples -= samples;
  }

  /**
   * Sends nothing for a while: the server found it too fast.
   * @param {number} pauseMs
   */
  hold(pauseMs) {
    this.#samples = -pauseMs * this.samplesPerMs;
  }
}
