// @ts-check
import { gettext } from "../words/gettext.js";
import { applyEvent, emptyLog } from "./captions.js";

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

/** A log of lines that nobody has said: for trying how captions look. @param {string} language of the words (BCP 47) */
export function sampleLog(language) {
  const said = [
    gettext("This is how captions look while somebody speaks."),
    gettext("Lines move up as new ones come, and the oldest ones go."),
    gettext("What is drawn here is a sample."),
  ];
  const session = "sample";
  const segments = said.map((text, index) => ({
    id: `sample-${index}`,
    session,
    utterance: index + 1,
    kind: "speech",
    text,
    offset_ms: 4000 * index,
    duration_ms: 3500,
    language,
    revision: 0,
    version: index + 1,
  }));
  const version = segments.length;
  const interim = { type: "interim", session, utterance: version + 1, text: gettext("These words are still being"), offset_ms: 4000 * version, language };
  return [{ type: "hello", live: true, version, segments }, interim].reduce(applyEvent, emptyLog());
}
