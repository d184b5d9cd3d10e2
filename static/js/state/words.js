// @ts-check
/** Times and states in words. Pure. */

/** A length of time for reading: `12 s`, `2 min 5 s`, `1 h 3 min`; never less than `1 s`.
 * @param {number} ms */
export function lengthInWords(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const parts = h ? [`${h} h`, m && `${m} min`] : m ? [`${m} min`, s && `${s} s`] : [`${s} s`];
  return parts.filter(Boolean).join(" ");
}

/** What stands where audio was lost; the exports say it in the same words.
 * @param {{duration_ms: number}} segment */
export function gapInWords(segment) {
  return `[no captions for ${lengthInWords(segment.duration_ms)}: the audio was lost]`;
}

/**
 * What a reader is told about connection and speaker.
 *
 * @param {string} connection state of the socket: connecting, open, waiting, refused
 * @param {{live: boolean, upstream: string}} log
 * @param {string} reason why the server refused
 * @returns {{text: string, tone: "live" | "quiet" | "warn" | "error"}}
 */
export function viewerState(connection, log, reason = "") {
  if (connection === "refused") return { text: reason || "The captions cannot be shown.", tone: "error" };
  if (connection === "connecting") return { text: "Connecting…", tone: "quiet" };
  if (connection === "waiting") return { text: "Connection lost. Trying again…", tone: "warn" };
  if (!log.live) return { text: "Connected. Nobody is on the air.", tone: "quiet" };
  if (log.upstream === "lost") return { text: "On the air. Captions are held up and will follow.", tone: "warn" };
  if (log.upstream === "connecting") return { text: "On the air. Captions are about to begin.", tone: "live" };
  return { text: "On the air", tone: "live" };
}
