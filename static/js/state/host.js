// @ts-check
/**
 * Where a host stands between off and on the air: pure, no DOM, no socket, no sound.
 *
 * @typedef {"off" | "opening" | "connecting" | "on" | "waiting" | "stopping"} Phase
 *   off the air; asking for the sound; first connection; on the air; on the air, connection lost;
 *   sending and storing the rest
 * @typedef {object} Host
 * @property {Phase} phase
 * @property {string} session the one on the air, else the last one
 * @property {string} upstream the speech service: "", connecting, live, lost, paused, ended
 * @property {number} keptMs what was said and waits at the server for the speech service
 * @property {number} lostMs what was said meanwhile and could not be kept there
 * @property {number} unstored captions that wait for the database
 * @property {boolean} linked whether the server is connected
 * @property {number | null} kept captions stored by the session that was stopped; null where unknown
 * @property {boolean} stopped whether a session was stopped here and nothing has happened since
 * @property {{ code: string, message: string, session: string } | null} problem what ended it, or kept it from beginning
 */

/** @type {Host} */
export const offTheAir = Object.freeze({
  phase: "off",
  session: "",
  upstream: "",
  keptMs: 0,
  lostMs: 0,
  unstored: 0,
  linked: false,
  kept: null,
  stopped: false,
  problem: null,
});

/**
 * The state after one event; an event that has no place in a state changes nothing.
 * @param {Host} host
 * @param {any} event
 * @returns {Host}
 */
export function applyHost(host, event) {
  return HANDLERS[event.type]?.(host, event) ?? host;
}

/** Whether sound is being taken. @param {Host} host */
export const isListening = ({ phase }) => phase === "connecting" || phase === "on" || phase === "waiting";

/** Whether a session is under way, from the click on Start to the last word stored. @param {Host} host */
export const isBusy = ({ phase }) => phase !== "off";

/** @type {Record<string, (host: Host, event: any) => Host>} */
const HANDLERS = {
  open: () => ({ ...offTheAir, phase: "opening" }),

  opened: (host) => (host.phase === "opening" ? { ...host, phase: "connecting" } : host),

  "not-opened": (_host, { code }) => ({ ...offTheAir, problem: { code, message: "", session: "" } }),

  link(host, { state }) {
    if (!isBusy(host) || host.phase === "opening") return host;
    const linked = state === "live";
    const lost = state === "waiting" && host.phase === "on";
    return { ...host, linked, phase: lost ? "waiting" : host.phase };
  },

  ready(host, { session }) {
    const phase = host.phase === "stopping" ? "stopping" : "on";
    return isBusy(host) ? { ...host, phase, session, linked: true } : host;
  },

  status(host, { upstream = "", kept_ms: keptMs = 0, lost_ms: lostMs = 0, unstored = 0 }) {
    return isBusy(host) ? { ...host, upstream, keptMs, lostMs, unstored } : host;
  },

  anew: (host) => ({ ...host, session: "", upstream: "", keptMs: 0, lostMs: 0, unstored: 0 }),

  stop: (host) => (isListening(host) ? { ...host, phase: "stopping" } : host),

  stopped: (host, { session, segments }) => ({
    ...offTheAir,
    session: session || host.session,
    kept: segments,
    stopped: true,
  }),

  refused: (host, { code, message, session, undeliveredMs = 0 }) => ({
    ...offTheAir,
    session: host.session,
    problem: { code, message, session, undeliveredMs },
  }),

  abandoned: (host) => ({ ...offTheAir, session: host.session }),
};
