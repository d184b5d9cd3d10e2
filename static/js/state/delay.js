// @ts-check
import { utteranceKey } from "./captions.js";

/** @typedef {import("./captions.js").Log} Log */
/** @typedef {import("./captions.js").Segment} Segment */
/** @typedef {{atMs: number, log: Log}} Seen a log, and when it was the newest one */

/** The longest delay of state/display.js, and a little more: what is older than this is not needed. */
const KEPT_MS = 65_000;
/** What comes so much later than it was stored was missed at first, and is shown by when it was stored. */
const LATE_MS = 2000;

/**
 * Logs as they came, and when each caption is to be counted from. Never changed: `noted` makes another.
 *
 * @typedef {{seen: readonly Seen[], cameAtMs: ReadonlyMap<string, number>}} History
 * @type {History}
 */
export const noHistory = Object.freeze({ seen: [], cameAtMs: new Map() });

/** The history with one more log. `skewMs`: how far the server's clock is ahead of ours.
 * @param {History} history @param {Log} log @param {{nowMs: number, skewMs: number}} clock @returns {History} */
export function noted({ seen, cameAtMs }, log, { nowMs, skewMs }) {
  const last = seen.at(-1)?.log;
  const recent = seen.filter(({ atMs }, index) => atMs > nowMs - KEPT_MS || index === seen.length - 1);
  const came = last?.segments === log.segments ? cameAtMs : withNews(cameAtMs, log.segments, nowMs, skewMs);
  return { seen: [...recent, { atMs: nowMs, log }], cameAtMs: came };
}

/** @param {ReadonlyMap<string, number>} cameAtMs @param {readonly Segment[]} segments @param {number} nowMs @param {number} skewMs */
function withNews(cameAtMs, segments, nowMs, skewMs) {
  const came = new Map(cameAtMs);
  for (const { id, stored_at: storedAt = "" } of segments) {
    if (came.has(id)) continue;
    const storedMs = Date.parse(storedAt) - skewMs;
    came.set(id, storedMs < nowMs - LATE_MS ? storedMs : nowMs);
  }
  return came;
}

/**
 * The newest log as somebody sees it who is so far behind: captions that are younger are not there yet, and
 * what is being said and how the room stands is what it was then.
 *
 * @param {History} history with one log at least
 * @param {{delayMs: number, nowMs: number}} clock
 * @returns {Log}
 */
export function logBehind({ seen, cameAtMs }, { delayMs, nowMs }) {
  const newest = seen[seen.length - 1].log;
  if (delayMs <= 0) return newest;
  const thenMs = nowMs - delayMs;
  const then = seen.findLast(({ atMs }) => atMs <= thenMs)?.log;
  const segments = newest.segments.filter(({ id }) => (cameAtMs.get(id) ?? 0) <= thenMs);
  const shown = new Set(segments.map(utteranceKey));
  const { live, upstream, keptMs, lostMs } = then ?? newest;
  const interims = new Map([...(then?.interims ?? [])].filter(([key]) => !shown.has(key)));
  return { ...newest, segments, interims, live, upstream, keptMs, lostMs };
}

/** When the log behind changes next by itself; `null` where it has caught up.
 * @param {History} history @param {{delayMs: number, nowMs: number}} clock */
export function nextBehindMs({ seen, cameAtMs }, { delayMs, nowMs }) {
  const moments = [...seen.map(({ atMs }) => atMs), ...cameAtMs.values()];
  const next = Math.min(...moments.map((atMs) => atMs + delayMs).filter((atMs) => atMs > nowMs));
  return Number.isFinite(next) ? next : null;
}
