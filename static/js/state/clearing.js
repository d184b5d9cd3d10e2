// @ts-check
/**
 * Which captions are left when nobody has spoken for a while: pure.
 *
 * Silence between two captions is measured in the time of their session, which knows nothing of how long
 * recognition took; silence that lasts is measured by the clock.
 *
 * @typedef {import("./captions.js").Log} Log
 * @typedef {import("./captions.js").Segment & {stored_at?: string}} Segment
 */

/**
 * What of a log is to be shown. While somebody speaks (an interim is open, or the newest final is younger
 * than `clearMs`) that is everything since the last silence longer than `clearMs`; after such a silence it
 * is nothing. What was cleared does not come back when speech goes on: hand the `clearedId` of each answer
 * to the next question, for a log alone does not know what was on the screen.
 *
 * A log that is shown with a delay is asked at its own time: `nowMs` less the delay.
 *
 * @param {Log} log
 * @param {object} moment
 * @param {number} moment.clearMs silence after which captions go; 0: never
 * @param {number} moment.nowMs by our own clock
 * @param {number} moment.skewMs by how much the server's clock is ahead of ours
 * @param {string} [moment.clearedId] the newest segment that was cleared
 * @returns {{log: Log, nextMs: number | null, clearedId: string}} `nextMs`: when to ask again if no event
 *   comes before, by our own clock. A log of which nothing goes is handed back itself
 */
export function cleared(log, { clearMs, nowMs, skewMs, clearedId = "" }) {
  if (clearMs <= 0) return { log, nextMs: null, clearedId };
  const serverNowMs = nowMs + skewMs;
  const said = log.segments.map((segment) => ({ segment, storedMs: storedAtMs(segment, serverNowMs) }));
  const newestMs = said.reduce((newest, { storedMs }) => Math.max(newest, storedMs), -Infinity);
  const speaking = log.interims.size > 0;
  const over = !speaking && serverNowMs - newestMs >= clearMs;
  const silent = over || silenceNowMs(log, said.at(-1), serverNowMs) > clearMs;
  let first = silent ? said.length : said.length - 1;
  if (!silent) while (first > 0 && silenceMs(said[first - 1], said[first]) <= clearMs) first -= 1;
  first = Math.max(0, first, 1 + log.segments.findIndex(({ id }) => id === clearedId));
  return {
    log: first ? { ...log, segments: log.segments.slice(first) } : log,
    nextMs: speaking || over ? null : newestMs + clearMs - skewMs,
    clearedId: first ? log.segments[first - 1].id : clearedId,
  };
}

/** @typedef {{segment: Segment, storedMs: number}} Said */

/** By the server's clock. One that does not say, or says later than now, was stored now: better shown than not.
 * @param {Segment} segment @param {number} serverNowMs */
function storedAtMs({ stored_at: storedAt }, serverNowMs) {
  const storedMs = Date.parse(storedAt ?? "");
  return storedMs < serverNowMs ? storedMs : serverNowMs;
}

/** @param {Said} before @param {Said} after */
function silenceMs(before, after) {
  const { segment } = after;
  if (segment.session === before.segment.session) return segment.offset_ms - endMs(before.segment);
  return after.storedMs - segment.duration_ms - before.storedMs;
}

/** Between the newest final and the words that are being said; 0 where there are none.
 * @param {Log} log @param {Said | undefined} newest @param {number} serverNowMs */
function silenceNowMs({ interims }, newest, serverNowMs) {
  if (!newest || !interims.size) return 0;
  const { session } = newest.segment;
  const offsets = [...interims.values()].filter((interim) => interim.session === session).map((interim) => interim.offset_ms);
  return offsets.length ? Math.min(...offsets) - endMs(newest.segment) : serverNowMs - newest.storedMs;
}

/** @param {Segment} segment */
const endMs = ({ offset_ms: offsetMs, duration_ms: durationMs }) => offsetMs + durationMs;
