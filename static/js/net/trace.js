// @ts-check
/** The reference of one time on the air: in the server's log lines, and on the page for whoever asks for help. */

/** None of them looks like another one. */
const ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";

/** @param {(bytes: Uint8Array) => Uint8Array} [fill] with random bytes */
export function newTrace(fill = (bytes) => crypto.getRandomValues(bytes)) {
  return [...fill(new Uint8Array(8))].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
}
