// @ts-check
import { RoomFeed } from "../net/room-feed.js";
import { PlainRecord } from "../state/plain-record.js";
import { viewerState } from "../state/words.js";
import { captionLine, fillLine } from "../view/caption-line.js";
import { say } from "../view/dom.js";
import { Kept } from "../view/kept.js";
import { filled, gettext } from "../words/gettext.js";

/** A room as plain text: what is said is added at the end, and nothing above is ever changed. */

const root = /** @type {HTMLElement} */ (document.querySelector("[data-text]"));
const log = /** @type {HTMLElement} */ (root.querySelector("[data-part=log]"));
const state = /** @type {HTMLElement} */ (root.querySelector("[data-testid=viewer-state]"));
const { socketPath = "", segmentsPath = "" } = root.dataset;
const record = new PlainRecord(
  [.../** @type {NodeListOf<HTMLElement>} */ (log.querySelectorAll("[data-segment-id]"))].map(({ dataset }) => ({
    id: dataset.segmentId ?? "",
    revision: Number(dataset.revision),
  })),
);
/** How near to the end of the page counts as reading along. */
const NEAR_PX = 100;

log.setAttribute("aria-live", new Kept().recall().readsAloud ? "polite" : "off");
const feed = new RoomFeed({ socketPath, segmentsPath });
feed.addEventListener("change", () => {
  append(record.news(feed.log.segments));
  say(state, viewerState(feed.state, feed.log, feed).text);
});
feed.addEventListener("state", () => say(state, viewerState(feed.state, feed.log, feed).text));
feed.start();

/** @param {ReturnType<PlainRecord["news"]>} entries */
function append(entries) {
  if (entries.length === 0) return;
  const page = /** @type {HTMLElement} */ (document.scrollingElement);
  const follows = page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_PX;
  log.append(
    ...entries.map(({ segment, corrects }) => {
      const line = captionLine();
      fillLine(line, { ...segment, text: corrects ? correction(segment.text) : segment.text, revision: 0 });
      return line;
    }),
  );
  if (follows) page.scrollTop = page.scrollHeight;
}

/** @param {string} text */
const correction = (text) =>
  text ? filled(gettext("Correction: %(text)s"), { text }) : gettext("Correction: a line above was taken back.");
