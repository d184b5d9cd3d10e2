// @ts-check
/** What goes over the host socket (docs/protocol.md), as values. Pure. */

/** A backlog goes out in fewer, longer chunks than live sound: 500 ms at most. */
export const MOST_CHUNK_SAMPLES = 8000;

/**
 * @typedef {object} Beginning how to begin
 * @property {string} language BCP 47; of no use where a session is named
 * @property {string} [session] the session to go on with
 * @property {boolean} [isNew] begin it unless it has begun, so that a start can be said again
 * @property {boolean} [takeOver] go on the air even if another host is
 * @property {string} [trace] what the server's log lines are to carry
 */

/** @param {Beginning} beginning */
export function startMessage({ language, session = "", isNew = false, takeOver = false, trace = "" }) {
  const own = session ? { session } : { language };
  const start = { type: "start", ...own, ...(session && isNew && { language, new: true }), ...(trace && { trace }) };
  return JSON.stringify(takeOver ? { ...start, take_over: true } : start);
}

export const STOP_MESSAGE = JSON.stringify({ type: "stop" });

/**
 * A chunk with the index of its first sample: 4 bytes unsigned, then PCM16, all little-endian on
 * whatever machine.
 * @param {number} first
 * @param {Int16Array} pcm
 */
export function chunkMessage(first, pcm) {
  const message = new ArrayBuffer(4 + 2 * pcm.length);
  const view = new DataView(message);
  view.setUint32(0, first, true);
  for (let i = 0; i < pcm.length; i += 1) view.setInt16(4 + 2 * i, pcm[i], true);
  return message;
}

/** Refusals that another attempt by the same page cannot lift. */
const FINAL_CODES = new Set([
  "room.not_found",
  "room.closed",
  "room.not_signed_in",
  "room.not_allowed",
  "room.host_taken",
  "room.superseded",
  "session.unknown",
  "session.over",
  "session.lease_lost",
  "spend.used_up",
  "upstream.refused",
  "upstream.gone",
  "message.bad",
]);

/** What a close code says where no error came before it: the connection may lose the last message. */
const CODES_OF_CLOSES = new Map([
  [4400, "message.bad"],
  [4401, "room.not_signed_in"],
  [4402, "spend.used_up"],
  [4403, "room.not_allowed"],
  [4404, "room.not_found"],
  [4408, "room.superseded"],
  [4409, "room.host_taken"],
  [4410, "room.closed"],
]);

/**
 * The code of what ended a connection, and whether to leave it at that.
 * @param {{ code: string } | null} error the last fatal error, where one came
 * @param {number} closeCode
 */
export function endOf(error, closeCode) {
  const code = error?.code ?? CODES_OF_CLOSES.get(closeCode) ?? "connection.lost";
  return { code, final: FINAL_CODES.has(code) };
}
