// @ts-check
/**
 * Delays before one attempt after the other, in milliseconds, without end: they double up to a cap, and
 * each is drawn from its upper half, so that a thousand readers do not come back in the same moment.
 *
 * @param {{firstMs?: number, capMs?: number, random?: () => number}} options
 * @returns {Generator<number, never, void>}
 */
export function* backoff({ firstMs = 300, capMs = 10_000, random = Math.random } = {}) {
  for (let ceiling = firstMs; ; ceiling = Math.min(ceiling * 2, capMs)) {
    yield Math.round((ceiling * (1 + random())) / 2);
  }
}
