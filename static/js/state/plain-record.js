// @ts-check
/** @typedef {import("./captions.js").Segment} Segment */

/**
 * What a text that only grows has said so far, and what is to be added to it. Pure but for its memory.
 *
 * A caption is added once. One that is corrected later is added again as a correction, for what stands above
 * may have been read already and is never changed.
 */
export class PlainRecord {
  /** @type {Map<string, number>} newest revision said, by segment */
  #said;

  /** @param {{id: string, revision: number}[]} said what stands there already */
  constructor(said) {
    this.#said = new Map(said.map(({ id, revision }) => [id, revision]));
  }

  /** @param {readonly Segment[]} segments all that is known, in order @returns {{segment: Segment, corrects: boolean}[]} */
  news(segments) {
    const entries = [];
    for (const segment of segments) {
      const said = this.#said.get(segment.id);
      if (said !== undefined && said >= segment.revision) continue;
      this.#said.set(segment.id, segment.revision);
      const isSilent = said === undefined && segment.kind !== "gap" && !segment.text;
      if (!isSilent) entries.push({ segment, corrects: said !== undefined });
    }
    return entries;
  }
}
