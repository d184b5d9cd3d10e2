// @ts-check
/**
 * The captions of a room as a reader holds them: pure, no DOM, no socket.
 *
 * A log is never changed, each event makes another one; parts that an event does not touch are the
 * same objects before and after, so a view can tell by `===` what to draw again.
 *
 * @typedef {{id: string, session: string, utterance: number, kind: string, speaker?: string, text: string,
 *   offset_ms: number, duration_ms: number, language: string, revision: number, version?: number, stored_at?: string}} Segment
 * @typedef {{session: string, utterance: number, text: string, offset_ms: number, language: string}} Interim
 * @typedef {{
 *   room: {slug: string, title: string, language: string} | null,
 *   sessions: readonly string[],
 *   segments: readonly Segment[],
 *   interims: ReadonlyMap<string, Interim>,
 *   version: number,
 *   ahead: readonly number[],
 *   behind: boolean,
 *   oldest: number | null,
 *   more: boolean,
 *   missed: {after: number, before: number, session: string} | null,
 *   live: boolean,
 *   upstream: string,
 *   keptMs: number,
 *   lostMs: number,
 *   serverNow: string,
 * }} Log
 *
 * `version`: every change up to it is in the log. `ahead`: changes that came before their turn.
 * `behind`: the room has changes the log lacks; ask with `since`. `oldest`, `more`: there are older
 * captions, to be had with `?before=oldest`. `missed`: a refill was too long for one reply; the changes
 * in between are to be had with `?after=` and end before `before`; their sessions stand behind `session`.
 * `keptMs`, `lostMs`: while the speech service is away, how much of what was said waits for it, and how
 * much could not be kept. `serverNow`: the server's clock when it last said hello (ISO 8601), "" where it did
 * not say.
 */

/** @returns {Log} */
export function emptyLog() {
  return {
    room: null,
    sessions: [],
    segments: [],
    interims: new Map(),
    version: 0,
    ahead: [],
    behind: false,
    oldest: null,
    more: false,
    missed: null,
    live: false,
    upstream: "",
    keptMs: 0,
    lostMs: 0,
    serverNow: "",
  };
}

/**
 * The log after one event of the viewer socket, or after a page of the room's JSON: `{type: "earlier",
 * segments, more}` holds older captions than the log, `{type: "between", segments, version, more}` what was
 * missed.
 * Events may come twice and out of order; unknown ones change nothing.
 *
 * @param {Log} log
 * @param {any} event
 * @returns {Log}
 */
export function applyEvent(log, event) {
  const apply = HANDLERS[event?.type];
  return apply ? apply(log, event) : log;
}

/** What an interim and the final of its utterance have in common. */
export const utteranceKey = (/** @type {{session: string, utterance: number}} */ caption) =>
  `${caption.session}:${caption.utterance}`;

/** @type {Record<string, (log: Log, event: any) => Log>} */
const HANDLERS = {
  hello(log, event) {
    const known = event.version >= log.version && log.segments.length > 0;
    const base = known ? log : emptyLog();
    return {
      ...refill(base, event),
      room: event.room ?? log.room,
      interims: new Map(),
      live: Boolean(event.live),
      upstream: event.upstream ?? (event.live ? log.upstream : ""),
      keptMs: 0,
      lostMs: 0,
      serverNow: event.now ?? "",
    };
  },

  changes: (log, event) => refill(log, event),

  earlier(log, event) {
    const segments = event.segments ?? [];
    return {
      ...merge(log, segments, 0),
      oldest: lowest(segments, log.oldest),
      more: Boolean(event.more) && segments.length > 0,
    };
  },

  between(log, event) {
    const segments = event.segments ?? [];
    const { missed } = log;
    const filled = without(merge(log, segments, 1 + log.sessions.indexOf(missed?.session ?? "")), event.removed ?? []);
    const reached = event.more ? event.version : Infinity;
    const rest = missed && reached + 1 < missed.before;
    return { ...filled, missed: rest ? { ...missed, after: reached, session: segments.at(-1)?.session ?? missed.session } : null };
  },

  final(log, event) {
    return counted(merge(log, [event.segment]), event.version);
  },

  revised(log, event) {
    const { segment } = event;
    const held = log.segments.some((other) => other.id === segment.id);
    // One from further back than the log reaches comes with the page it stands on.
    const unknown = !held && !log.sessions.includes(segment.session);
    if (unknown && log.missed) return counted(missedUpTo(log, event.version), event.version);
    return counted(unknown && log.more ? log : merge(log, [segment]), event.version);
  },

  removed(log, event) {
    return counted(without(log, [event.session]), event.version);
  },

  interim(log, event) {
    const key = utteranceKey(event);
    if (log.segments.some((segment) => utteranceKey(segment) === key)) return log;
    const interims = new Map(log.interims);
    if (event.text) interims.set(key, event);
    else interims.delete(key);
    return { ...log, interims, live: true };
  },

  status(log, event) {
    const live = Boolean(event.live);
    const { upstream = "", kept_ms: keptMs = 0, lost_ms: lostMs = 0 } = event;
    return { ...log, live, upstream, keptMs, lostMs, interims: live ? log.interims : new Map() };
  },

  tick(log, event) {
    return event.version > log.version ? { ...log, behind: true } : log;
  },
};

/** A list of segments that brings the log up to `event.version`.
 * @param {Log} log @param {any} event @returns {Log} */
function refill(log, event) {
  const segments = event.segments ?? [];
  const start = log.segments.length === 0;
  const merged = without(merge(log, segments), event.removed ?? []);
  const oldest = lowest(segments, null);
  const cut = Boolean(event.more) && !start && oldest !== null && oldest > log.version + 1;
  const missed = cut ? { after: log.version, before: oldest, session: log.sessions.at(-1) ?? "" } : null;
  return settled({
    ...merged,
    version: Math.max(log.version, event.version),
    behind: false,
    oldest: start ? oldest : log.oldest,
    more: start ? Boolean(event.more) : log.more,
    // What was missed before is still missing.
    missed: missed && log.missed ? { ...log.missed, before: missed.before } : (missed ?? log.missed),
  });
}

/** The log that also misses a change it cannot place: it comes with the pages that are fetched anyway.
 * @param {Log} log @param {number} version @returns {Log} */
function missedUpTo(log, version) {
  const { missed } = log;
  return missed ? { ...log, missed: { ...missed, before: Math.max(missed.before, version + 1) } } : log;
}

/** The log without the captions of some sessions.
 * @param {Log} log @param {readonly string[]} gone @returns {Log} */
function without(log, gone) {
  if (!gone.some((session) => log.sessions.includes(session))) return log;
  return {
    ...log,
    segments: log.segments.filter((segment) => !gone.includes(segment.session)),
    sessions: log.sessions.filter((session) => !gone.includes(session)),
  };
}

/** @param {readonly Segment[]} segments @param {number | null} other */
function lowest(segments, other) {
  const versions = segments.map((segment) => segment.version ?? Infinity);
  const least = Math.min(other ?? Infinity, ...versions);
  return Number.isFinite(least) ? least : null;
}

/** The log with segments added or replaced; a copy older than the one held is ignored.
 * @param {Log} log @param {readonly Segment[]} segments @param {number} [place] of unknown sessions @returns {Log} */
function merge(log, segments, place = log.sessions.length) {
  const held = new Map(log.segments.map((segment) => [segment.id, segment]));
  const interims = new Map(log.interims);
  for (const segment of segments) {
    const other = held.get(segment.id);
    if (!other || isNewer(segment, other)) held.set(segment.id, segment);
    interims.delete(utteranceKey(segment));
  }
  const sessions = mergeSessions(log.sessions, segments, place);
  const order = new Map(sessions.map((session, index) => [session, index]));
  const rank = (/** @type {Segment} */ segment) => order.get(segment.session) ?? 0;
  const sorted = [...held.values()].sort(
    (a, b) => rank(a) - rank(b) || a.offset_ms - b.offset_ms || a.utterance - b.utterance,
  );
  return { ...log, sessions, segments: sorted, interims: interims.size === log.interims.size ? log.interims : interims };
}

/** @param {Segment} segment @param {Segment} other */
function isNewer(segment, other) {
  return segment.revision !== other.revision
    ? segment.revision > other.revision
    : (segment.version ?? 0) > (other.version ?? 0);
}

/**
 * Sessions in the order in which they were held. Replies list their segments in that order, so an
 * unknown session goes before the known one that follows it in the reply, else to a place of the
 * caller's, or further back behind the one before it in the reply.
 *
 * @param {readonly string[]} known @param {readonly Segment[]} segments @param {number} place
 */
function mergeSessions(known, segments, place) {
  const listed = [...new Set(segments.map((segment) => segment.session))];
  if (listed.every((session) => known.includes(session))) return known;
  const sessions = [...known];
  listed.forEach((session, index) => {
    if (sessions.includes(session)) return;
    const next = sessions.indexOf(listed.slice(index + 1).find((other) => known.includes(other)) ?? "");
    const behind = index > 0 ? 1 + sessions.indexOf(listed[index - 1]) : 0;
    sessions.splice(next === -1 ? Math.max(place, behind) : next, 0, session);
  });
  return sessions;
}

/** The log after one more change; changes count up by one each, in whatever order they come.
 * @param {Log} log @param {number} version @returns {Log} */
function counted(log, version) {
  if (version <= log.version) return log;
  return settled({ ...log, ahead: [...new Set([...log.ahead, version])].sort((a, b) => a - b) });
}

/** @param {Log} log @returns {Log} */
function settled(log) {
  let { version } = log;
  for (const next of log.ahead) if (next === version + 1) version = next;
  const ahead = log.ahead.filter((next) => next > version);
  return { ...log, version, ahead, behind: ahead.length > 0 };
}
