// @ts-check
import { logBehind, nextBehindMs, noHistory, noted } from "../state/delay.js";

/** @typedef {import("../state/captions.js").Log} Log */

/**
 * A room's log for who watches a delayed stream: what has come is shown so much later, in step.
 *
 * Give it each log as it comes (`take`). Event `change` whenever there is another `log` to show.
 */
export class DelayedLog extends EventTarget {
  #history = noHistory;
  #delayMs = 0;
  #skewMs = 0;
  #serverNow = "";
  /** @type {Log | null} */
  #log = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  get log() {
    return this.#log;
  }

  get delayMs() {
    return this.#delayMs;
  }

  set delayMs(delayMs) {
    if (delayMs === this.#delayMs) return;
    this.#delayMs = delayMs;
    if (this.#log) this.#look();
  }

  /** How far the server's clock is ahead of ours. */
  get skewMs() {
    return this.#skewMs;
  }

  /** @param {Log} log */
  take(log) {
    const nowMs = Date.now();
    if (log.serverNow && log.serverNow !== this.#serverNow) {
      this.#serverNow = log.serverNow;
      this.#skewMs = Date.parse(log.serverNow) - nowMs;
    }
    this.#history = noted(this.#history, log, { nowMs, skewMs: this.#skewMs });
    this.#look();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  #look() {
    clearTimeout(this.#timer);
    const clock = { delayMs: this.#delayMs, nowMs: Date.now() };
    this.#log = logBehind(this.#history, clock);
    const nextMs = clock.delayMs > 0 ? nextBehindMs(this.#history, clock) : null;
    if (nextMs !== null) this.#timer = setTimeout(() => this.#look(), nextMs - clock.nowMs);
    this.dispatchEvent(new Event("change"));
  }
}
