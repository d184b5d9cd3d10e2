// @ts-check
/**
 * Finds the stretches in which a computer slept, or its sound stood still, between two blocks of sound. Pure.
 *
 * Each block comes with the wall clock's time at which the audio thread had filled it: that clock goes on
 * in a sleep, unlike the sound's own, and a page that is busy or frozen does not delay it. A wall clock
 * can also be set, which is no pause: then the blocks go on arriving one after the other.
 */
export class Pauses {
  static shortestMs = 1000;
  /** Between two blocks of 20 ms; no computer falls asleep and wakes in less. */
  static steadyMs = 150;
  /** What was filled before a sleep may arrive after it, ahead of what shows how long it was. */
  static wakingMs = 2000;

  #atMs = NaN;
  #arrivedMs = NaN;
  #stoodMs = -Infinity;

  /**
   * How much sound is missing before a block; 0 nearly always.
   * @param {{ atMs: number, lengthMs: number }} block
   * @param {number} nowMs when it arrived, by a clock that nobody sets
   */
  before({ atMs, lengthMs }, nowMs) {
    const missingMs = atMs - this.#atMs - lengthMs;
    if (nowMs - this.#arrivedMs >= Pauses.steadyMs) this.#stoodMs = nowMs;
    this.#atMs = atMs;
    this.#arrivedMs = nowMs;
    const stood = nowMs - this.#stoodMs <= Pauses.wakingMs;
    return stood && missingMs >= Pauses.shortestMs ? Math.round(missingMs) : 0;
  }
}
