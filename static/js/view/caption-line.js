// @ts-check
import { directionOf } from "../state/direction.js";
import { gapInWords } from "../state/words.js";
import { gettext } from "../words/gettext.js";
import { make, write } from "./dom.js";

/** @typedef {import("../state/captions.js").Segment} Segment */
/** @typedef {import("../state/captions.js").Interim} Interim */

/** A caption's line, empty: the same parts as in templates/captions/_segment.html. */
export function captionLine() {
  return make("p", {}, make("span", { class: "caption__text" }, ""), make("span", { class: "caption__mark" }, ""));
}

/**
 * Writes a segment into its line, as text and nothing else.
 *
 * A screen reader is to hear a line once. So what changes later changes inside the text that is there
 * already: nothing is added to the log, and additions are what is read aloud.
 *
 * @param {HTMLElement} line @param {Segment} segment
 */
export function fillLine(line, segment) {
  const gap = segment.kind === "gap";
  const lang = gap ? pageLanguage() : segment.language;
  const [text, mark] = line.children;
  const words = { lang, dir: directionOf(lang) };
  write(line, { class: gap ? "caption caption--gap" : "caption", part: gap ? "caption gap" : "caption", ...words });
  write(text, {
    "data-testid": "caption-segment",
    "data-segment-id": segment.id,
    "data-revision": String(segment.revision),
    ...words,
  });
  writeText(text, gap ? gapInWords(segment) : segment.text);
  const corrected = !gap && segment.revision > 0;
  if (corrected) write(mark, { lang: pageLanguage(), dir: "auto" });
  writeText(mark, corrected ? ` ${gettext("(corrected)")}` : "");
  line.hidden = !gap && !segment.text; // struck out in review
}

/** @param {HTMLElement} line @param {Interim} interim */
export function fillInterim(line, interim) {
  const words = { lang: interim.language, dir: directionOf(interim.language) };
  write(line, { class: "caption caption--interim", part: "caption interim", ...words });
  write(line.children[0], { "data-testid": "caption-interim", ...words });
  writeText(line.children[0], interim.text);
  line.hidden = false;
}

/** @param {Element} place @param {string} text */
function writeText(place, text) {
  const node = place.firstChild;
  if (!(node instanceof Text)) place.replaceChildren(text);
  else if (node.data !== text) node.data = text;
}

const pageLanguage = () => document.documentElement.lang || "en";

/**
 * Leaves the last row of a line away while it still grows; a line of one row is not shown.
 * @param {HTMLElement} line
 */
export function wholeRows(line) {
  const node = line.children[0].firstChild;
  if (!(node instanceof Text) || !node.data) return;
  const range = document.createRange();
  const topAt = (/** @type {number} */ index) => {
    range.setStart(node, index);
    range.setEnd(node, index + 1);
    return range.getBoundingClientRect();
  };
  let [low, high] = [0, node.data.length - 1];
  const last = topAt(high);
  const isInLast = (/** @type {number} */ index) => topAt(index).bottom > last.top + last.height / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isInLast(middle)) high = middle;
    else low = middle + 1;
  }
  node.data = node.data.slice(0, low).trimEnd();
  line.hidden = !node.data;
}
