// @ts-check
/**
 * A time in which captions were held up, and what there is to say when it is over: pure.
 *
 * @typedef {object} Outage
 * @property {number | null} sinceMs when it began; null where all is well
 * @property {number} lostMs what it has cost so far
 * @property {{ lostMs: number, atMs: number } | null} over the one that has just ended
 */

/** A shorter one was not noticed by anybody, and is not worth a word unless it cost some. */
const SHORTEST_MS = 2000;
/** For so long it is said that all is well again. */
export const BACK_MS = 8000;

/** @type {Outage} */
export const noOutage = Object.freeze({ sinceMs: null, lostMs: 0, over: null });

/**
 * @param {Outage} outage
 * @param {{ away: boolean, lostMs: number }} now
 * @param {number} nowMs
 * @returns {Outage}
 */
export function applyOutage(outage, { away, lostMs }, nowMs) {
  if (away && outage.sinceMs === null) return { sinceMs: nowMs, lostMs, over: null };
  if (away) return lostMs > outage.lostMs ? { ...outage, lostMs } : outage;
  if (outage.sinceMs !== null) {
    const noticed = outage.lostMs > 0 || nowMs - outage.sinceMs >= SHORTEST_MS;
    return { ...noOutage, over: noticed ? { lostMs: outage.lostMs, atMs: nowMs } : null };
  }
  return outage.over && nowMs - outage.over.atMs >= BACK_MS ? noOutage : outage;
}
