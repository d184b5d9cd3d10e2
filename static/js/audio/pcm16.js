// @ts-check
/** The one audio format on the wire: signed 16-bit little-endian PCM, mono, 16 kHz. Pure. */

export const RATE_HZ = 16000;
export const SAMPLES_PER_MS = RATE_HZ / 1000;
/** A live chunk: 100 ms. */
export const CHUNK_SAMPLES = 1600;
/** The shortest chunk the host socket promises to take: 20 ms. */
export const SHORTEST_CHUNK_SAMPLES = 320;

/**
 * Floats of -1 to 1 as PCM16. Louder ones are clipped; what is not a number is silence.
 * @param {Float32Array} floats
 */
export function toPcm16(floats) {
  const pcm = new Int16Array(floats.length);
  for (let i = 0; i < floats.length; i += 1) {
    const scaled = Math.round(floats[i] * 32768);
    pcm[i] = scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled;
  }
  return pcm;
}

/**
 * PCM16 as floats, for playing it back.
 * @param {Int16Array} pcm
 */
export function toFloats(pcm) {
  return Float32Array.from(pcm, (sample) => sample / 32768);
}

/** Cuts a stream of PCM16 into chunks of one size. */
export class Chunker {
  /** @type {Int16Array} */
  #held;
  #filled = 0;

  /** @param {number} [samples] how long each chunk is */
  constructor(samples = CHUNK_SAMPLES) {
    this.#held = new Int16Array(samples);
  }

  /**
   * The chunks that are complete once `pcm` has been added: none, one or several.
   * @param {Int16Array} pcm
   */
  push(pcm) {
    const chunks = [];
    for (let at = 0; at < pcm.length; ) {
      const part = pcm.subarray(at, at + this.#held.length - this.#filled);
      this.#held.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#held.length) {
        chunks.push(this.#held);
        this.#held = new Int16Array(this.#held.length);
        this.#filled = 0;
      }
    }
    return chunks;
  }

  /**
   * The rest, or null where there is none. A rest under 20 ms gets silence at its end, for that is
   * the shortest chunk the socket's protocol names.
   */
  flush() {
    if (this.#filled === 0) return null;
    const rest = new Int16Array(Math.min(Math.max(this.#filled, SHORTEST_CHUNK_SAMPLES), this.#held.length));
    rest.set(this.#held.subarray(0, this.#filled));
    this.#filled = 0;
    return rest;
  }
}
