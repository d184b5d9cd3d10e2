// @ts-check
/**
 * How loud it is, in numbers and in words. Pure.
 *
 * Words come from the loudest moments of the last seconds, so that they hold still in the pauses of
 * speech. Speech services ask for peaks of -20 to -10 dBFS.
 */
const WINDOW_MS = 4000;
const NO_SOUND_DBFS = -70;
const TOO_QUIET_DBFS = -34;
const TOO_LOUD_DBFS = -0.5;

export const FLOOR_DBFS = -96;

/** @typedef {{ peak: number, rms: number }} Level both as a share of full scale */
/** @typedef {"no sound" | "too quiet" | "good" | "too loud"} LevelWord */

/**
 * @param {Float32Array} floats
 * @returns {Level}
 */
export function levelOf(floats) {
  let peak = 0;
  let energy = 0;
  for (let i = 0; i < floats.length; i += 1) {
    const size = Math.abs(floats[i]);
    if (size > peak) peak = size;
    energy += size * size;
  }
  return { peak, rms: floats.length ? Math.sqrt(energy / floats.length) : 0 };
}

/** @param {number} share of full scale */
export function toDbfs(share) {
  return share > 0 ? Math.max(FLOOR_DBFS, 20 * Math.log10(share)) : FLOOR_DBFS;
}

/**
 * @param {number} peakDbfs the loudest of the last seconds
 * @returns {LevelWord}
 */
export function wordFor(peakDbfs) {
  if (peakDbfs < NO_SOUND_DBFS) return "no sound";
  if (peakDbfs < TOO_QUIET_DBFS) return "too quiet";
  return peakDbfs >= TOO_LOUD_DBFS ? "too loud" : "good";
}

/** Remembers the last seconds of levels, and puts them into a word. */
export class Loudness {
  /** @type {{ atMs: number, peak: number }[]} */
  #recent = [];

  /**
   * @param {Level} level
   * @param {number} atMs of any clock that only goes forward
   */
  add(level, atMs) {
    // Only what is not outdone by something newer can ever be the loudest: the list stays short.
    while (this.#recent.length && this.#recent[this.#recent.length - 1].peak <= level.peak) this.#recent.pop();
    this.#recent.push({ atMs, peak: level.peak });
    while (this.#recent[0].atMs < atMs - WINDOW_MS) this.#recent.shift();
  }

  /** The loudest peak of the last seconds, in dBFS. */
  get peakDbfs() {
    return toDbfs(this.#recent[0]?.peak ?? 0);
  }

  get word() {
    return wordFor(this.peakDbfs);
  }
}
