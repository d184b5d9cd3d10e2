// @ts-check
/** Times and states in words. Pure. */
import { filled, gettext } from "../words/gettext.js";

/** A length of time for reading: `12 s`, `2 min 5 s`, `1 h 3 min`; never less than `1 s`.
 * @param {number} ms */
export function lengthInWords(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [inH, inMin, inS] = [
    filled(gettext("%(count)s h"), { count: h }),
    filled(gettext("%(count)s min"), { count: m }),
    filled(gettext("%(count)s s"), { count: s }),
  ];
  const parts = h ? [inH, m && inMin] : m ? [inMin, s && inS] : [inS];
  return parts.filter(Boolean).join(" ");
}

/** What stands where audio was lost; the exports say it in the same words.
 * @param {{duration_ms: number}} segment */
export function gapInWords(segment) {
  return filled(gettext("[no captions for %(length)s: the audio was lost]"), { length: lengthInWords(segment.duration_ms) });
}

/** A connection that begins has a moment's audio waiting for it; more than that is held up. */
const HELD_UP_MS = 3000;

/** Whether captions are held up for want of the speech service.
 * @param {{upstream: string, keptMs?: number, lostMs?: number}} state */
export function isHeldUp({ upstream, keptMs = 0, lostMs = 0 }) {
  return upstream === "lost" || (upstream === "connecting" && (keptMs >= HELD_UP_MS || lostMs > 0));
}

/**
 * What a reader is told about connection and speaker. It is read aloud when it changes, so nothing in it
 * counts: see `viewerCount`.
 *
 * @param {string} connection state of the socket: connecting, open, waiting, refused
 * @param {{live: boolean, upstream: string, keptMs?: number, lostMs?: number}} log
 * @param {{reason?: string, asksAgain?: boolean}} [refusal]
 * @returns {{text: string, tone: "live" | "quiet" | "warn" | "error"}}
 */
export function viewerState(connection, log, { reason = "", asksAgain = false } = {}) {
  if (connection === "refused") {
    const text = reason || gettext("The captions cannot be shown.");
    return { text: asksAgain ? `${text} ${gettext("When it is open again, captions go on here.")}` : text, tone: "error" };
  }
  if (connection === "connecting") return { text: gettext("Connecting…"), tone: "quiet" };
  if (connection === "waiting") return { text: gettext("Connection lost. Trying again…"), tone: "warn" };
  if (!log.live && log.upstream === "ended") return { text: gettext("The session is over. Nobody is on the air."), tone: "quiet" };
  if (!log.live) return { text: gettext("Connected. Nobody is on the air."), tone: "quiet" };
  if (isHeldUp(log) && log.lostMs) return { text: gettext("On the air. Captions are held up, and some of what is said is being lost."), tone: "error" };
  if (isHeldUp(log)) return { text: gettext("On the air. Captions are held up and will follow."), tone: "warn" };
  if (log.upstream === "connecting") return { text: gettext("On the air. Captions are about to begin."), tone: "live" };
  // The speaker is on the air and has been quiet for long; for readers that is no news.
  return { text: gettext("On the air"), tone: log.upstream === "paused" ? "quiet" : "live" };
}

/**
 * What counts up beside that, outside of what is read aloud; empty where nothing does.
 *
 * @param {string} connection
 * @param {{live: boolean, upstream: string, keptMs?: number, lostMs?: number}} log
 * @param {number} awayMs since the connection was lost
 */
export function viewerCount(connection, log, awayMs) {
  if (connection === "waiting" && awayMs >= 2000) {
    return filled(gettext("For %(length)s. What is said meanwhile will follow."), { length: lengthInWords(awayMs) });
  }
  return connection === "open" && log.live && isHeldUp(log) ? keptInWords(log) : "";
}

/** Audio that waits, and audio that is gone: `Kept: 12 s. Lost: 3 s.`
 * @param {{keptMs?: number, lostMs?: number}} audio */
export function keptInWords({ keptMs = 0, lostMs = 0 }) {
  const parts = [
    keptMs >= 1000 && filled(gettext("Kept: %(length)s."), { length: lengthInWords(keptMs) }),
    lostMs > 0 && filled(gettext("Lost: %(length)s."), { length: lengthInWords(lostMs) }),
  ];
  return parts.filter(Boolean).join(" ");
}

/** Said for a moment when captions go on. @param {number} lostMs */
export function backInWords(lostMs) {
  if (lostMs <= 0) return gettext("Back. Nothing was lost.");
  return filled(gettext("Back. Lost: %(length)s."), { length: lengthInWords(lostMs) });
}
