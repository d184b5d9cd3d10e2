// @ts-check
/** Telephony's sound, a byte a sample (ITU-T G.711), as samples of 16 bit. Pure. */

/** @param {Uint8Array} bytes µ-law */
export const fromMulaw = (bytes) => Int16Array.from(bytes, mulaw);

/** @param {Uint8Array} bytes A-law */
export const fromAlaw = (bytes) => Int16Array.from(bytes, alaw);

/** All bits are inverted on the line; each segment is twice as steep, and a bias makes them meet. @param {number} byte */
function mulaw(byte) {
  const bits = ~byte;
  const size = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? -size : size;
}

/** Every other bit is inverted on the line; a value stands in the middle of its step. @param {number} byte */
function alaw(byte) {
  const bits = byte ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 0x0f) << 4) + 8;
  const size = segment ? (step + 0x100) << (segment - 1) : step;
  return bits & 0x80 ? size : -size;
}
