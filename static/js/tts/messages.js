// @ts-check
/** Messages of the speech socket, in and out (docs/protocol.md). Pure. */

const ID_BYTES = 4;

/** @param {number} id @param {object} speech @param {{keep: boolean, trace: boolean}} how whether it becomes a
 * try, and whether the messages between the site and the provider are told */
export const speak = (id, speech, how) => JSON.stringify({ type: "speak", id, speech, ...how });

/** @param {number} id */
export const stop = (id) => JSON.stringify({ type: "stop", id });

/** How much of a speech's audio is here; without that the server holds the rest back.
 * @param {number} id @param {number} bytes */
export const got = (id, bytes) => JSON.stringify({ type: "got", id, bytes });

/** What this page itself saw of a speech. @param {string} id of the try @param {number} firstSoundMs @param {number} underruns */
export const played = (id, firstSoundMs, underruns) =>
  JSON.stringify({ type: "played", try: id, first_sound_ms: firstSoundMs, underruns });

/** The speech and the audio of a binary message; `null` where there is none. @param {ArrayBuffer} data */
export function audioOf(data) {
  if (data.byteLength <= ID_BYTES) return null;
  return { id: new DataView(data).getUint32(0, true), bytes: new Uint8Array(data, ID_BYTES) };
}
