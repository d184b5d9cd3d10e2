// @ts-check
import { toDbfs } from "./level.js";

/** How long somebody must speak: longer than a cough or a key, shorter than a word and a half. */
const LONG_MS = 200;
/** Speech has gaps of that length inside a word. */
const GAP_MS = 80;
/** So much louder than the room's noise is a voice. */
const MARGIN_DB = 12;
/** Fainter than that it is none, however still the room. */
const FAINTEST_DBFS = -45;
/** What a level moves the estimate of the noise: fast down into the pauses of speech, slowly up. */
const FALL = 0.25;
const RISE = 0.004;

/** Notices that somebody begins to speak, before there are words. Fed with all levels of a microphone. Pure. */
export class Interruption {
  #noiseDbfs = -60;
  /** @type {number | null} */
  #sinceMs = null;
  #loudAtMs = 0;

  /** What counts as a voice now, in dBFS. */
  get limitDbfs() {
    return Math.max(FAINTEST_DBFS, this.#noiseDbfs + MARGIN_DB);
  }

  /**
   * Takes a level; whether somebody has been speaking for long enough.
   * @param {import("./level.js").Level} level
   * @param {number} atMs of any clock that only goes forward
   */
  hear({ rms }, atMs) {
    const dbfs = toDbfs(rms);
    const isLoud = dbfs > this.limitDbfs;
    this.#noiseDbfs += (dbfs < this.#noiseDbfs ? FALL : RISE) * (dbfs - this.#noiseDbfs);
    if (isLoud) {
      this.#sinceMs ??= atMs;
      this.#loudAtMs = atMs;
    } else if (atMs - this.#loudAtMs > GAP_MS) {
      this.#sinceMs = null;
    }
    return isLoud && this.#sinceMs !== null && atMs - this.#sinceMs >= LONG_MS;
  }
}
