// @ts-check
import { RATE_HZ } from "./pcm16.js";

/**
 * Captured audio that is not known to be safe yet, by its sample index in the session. Pure.
 *
 * Bounded: over `limit` samples the oldest are dropped. May hold holes (`skip`), where sound was
 * never captured.
 */
export class AudioRing {
  /** @type {{ first: number, pcm: Int16Array }[]} */
  #chunks = [];
  #held = 0;
  #end = 0;

  /** @param {number} [limit] samples held at most; five minutes, 9.6 MB, unless told */
  constructor(limit = 300 * RATE_HZ) {
    this.limit = limit;
  }

  /** Index behind the newest sample. */
  get end() {
    return this.#end;
  }

  /** Index of the oldest sample still held; `end` where none is. */
  get start() {
    return this.#chunks[0]?.first ?? this.#end;
  }

  /** Samples held. */
  get held() {
    return this.#held;
  }

  /**
   * Adds at the end.
   * @param {Int16Array} pcm
   */
  append(pcm) {
    if (pcm.length === 0) return;
    this.#chunks.push({ first: this.#end, pcm });
    this.#held += pcm.length;
    this.#end += pcm.length;
    while (this.#held > this.limit && this.#chunks.length > 1) this.#dropOldest();
  }

  /**
   * Leaves a hole at the end: time went by in which nothing was captured.
   * @param {number} samples
   */
  skip(samples) {
    this.#end += Math.max(0, Math.round(samples));
  }

  /**
   * Lets go of chunks that lie wholly before an index.
   * @param {number} index
   */
  forget(index) {
    while (this.#chunks.length && this.#chunks[0].first + this.#chunks[0].pcm.length <= index) this.#dropOldest();
  }

  /**
   * Gives every sample an index higher by `samples` (or lower).
   * @param {number} samples
   */
  shift(samples) {
    for (const chunk of this.#chunks) chunk.first += samples;
    this.#end += samples;
  }

  /**
   * Closes long holes at and behind an index: what follows them comes forward. Short ones stay.
   * @param {number} index
   * @param {number} longest samples that a hole may have
   */
  closeHoles(index, longest) {
    let next = index;
    let by = 0;
    for (const chunk of this.#chunks) {
      chunk.first -= by;
      const hole = chunk.first - next;
      if (hole > longest) {
        chunk.first -= hole;
        by += hole;
      }
      next = Math.max(next, chunk.first + chunk.pcm.length);
    }
    this.#end -= by;
  }

  /**
   * The audio at or next after an index, in one piece without a hole; null where there is none.
   * @param {number} index
   * @param {number} most samples at most
   * @returns {{ first: number, pcm: Int16Array } | null}
   */
  read(index, most) {
    let at = this.#find(index);
    if (at === this.#chunks.length) return null;
    const first = Math.max(index, this.#chunks[at].first);
    const parts = [];
    let next = first;
    for (; at < this.#chunks.length && next - first < most; at += 1) {
      const chunk = this.#chunks[at];
      if (chunk.first > next) break;
      const part = chunk.pcm.subarray(next - chunk.first, next - chunk.first + most - (next - first));
      parts.push(part);
      next += part.length;
    }
    return { first, pcm: parts.length === 1 ? parts[0] : joined(parts, next - first) };
  }

  /**
   * Place of the first chunk that ends behind an index.
   * @param {number} index
   */
  #find(index) {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { first, pcm } = this.#chunks[middle];
      if (first + pcm.length <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #dropOldest() {
    this.#held -= this.#chunks.shift()?.pcm.length ?? 0;
  }
}

/**
 * @param {Int16Array[]} parts
 * @param {number} length
 */
function joined(parts, length) {
  const whole = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
