// @ts-check
import { gettext } from "../words/gettext.js";

/**
 * A log with sample text in it, for a reader who changes how captions look while nobody speaks: pure.
 *
 * @param {import("./captions.js").Log} log
 * @param {number} step how far the sample has come, in words
 * @param {string} language of the interface
 * @returns {import("./captions.js").Log}
 */
export function withSample(log, step, language) {
  if (log.interims.size > 0) return log;
  const words = sampleText().split(" ");
  const text = words.slice(0, 1 + (step % (words.length + 4))).join(" ");
  const interim = { session: "sample", utterance: 0, text, offset_ms: 0, language };
  return { ...log, interims: new Map([["sample:0", interim]]) };
}

const sampleText = () =>
  gettext("This is sample text. It shows how captions will look, word by word, until somebody speaks here.");
