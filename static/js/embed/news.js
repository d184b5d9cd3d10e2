// @ts-check
/** @typedef {import("../state/captions.js").Log} Log */
/** @typedef {import("../state/captions.js").Segment} Segment */
/** @typedef {import("../state/captions.js").Interim} Interim */

/**
 * What is new in a log, as a host page wants to hear it: pure. Captions older than those that were held, and
 * the first ones of all, are no news.
 *
 * @param {Log | null} before @param {Log} after
 * @returns {{finals: Segment[], interims: Interim[]}}
 */
export function newsIn(before, after) {
  if (!before) return { finals: [], interims: [...after.interims.values()] };
  const interims = [...after.interims].filter(([key, interim]) => before.interims.get(key) !== interim);
  return { finals: finalsIn(before, after), interims: interims.map(([, interim]) => interim) };
}

/** @param {Log} before @param {Log} after */
function finalsIn(before, after) {
  if (before.segments === after.segments) return [];
  const held = new Map(before.segments.map((segment) => [segment.id, segment]));
  return after.segments.filter((segment) => {
    const other = held.get(segment.id);
    const isOlder = !other && (segment.version ?? Infinity) <= before.version;
    return !isOlder && other?.revision !== segment.revision;
  });
}
