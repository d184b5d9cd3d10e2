// @ts-check
/** Which captions are to be read out, in which order. Pure but for what it remembers. */

/** @typedef {import("./captions.js").Log} Log */

/** Captions that wait; more means that whoever reads is slower than whoever speaks. */
const MOST_WAITING = 3;

/** Takes logs as they come, gives ids of captions to be read out: each once, none from before it began. */
export class Readings {
  /** @type {Set<string>} */
  #known = new Set();
  /** @type {string[]} */
  #waiting = [];
  /** How many were left out because reading had fallen behind. */
  skipped = 0;
  #hasBegun = false;

  /** @param {Log | null} log what is there already is not read out; without one, it is the first that comes */
  constructor(log) {
    if (log) this.take(log);
  }

  /** @param {Log} log */
  take(log) {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      for (const { id } of log.segments) this.#known.add(id);
      return;
    }
    for (const { id, kind, text } of log.segments) {
      if (this.#known.has(id)) continue;
      this.#known.add(id);
      if (kind === "speech" && text.trim()) this.#waiting.push(id);
    }
    while (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.skipped += 1;
    }
  }

  /** The next one, or nothing. */
  next() {
    return this.#waiting.shift();
  }
}
