// @ts-check
import "../elements/define.js";
import { RoomFeed } from "../net/room-feed.js";
import { applyOutage, noOutage } from "../state/outage.js";
import { backInWords, isHeldUp, viewerCount, viewerState } from "../state/words.js";

const root = /** @type {HTMLElement} */ (document.querySelector("[data-viewer]"));
const view = /** @type {import("../elements/caption-view.js").CaptionView} */ (root.querySelector("caption-view"));
const state = /** @type {HTMLElement} */ (root.querySelector("[data-testid=viewer-state]"));
const count = /** @type {HTMLElement} */ (root.querySelector("[data-part=count]"));
const back = /** @type {HTMLElement} */ (root.querySelector("[data-part=back]"));
const { socketPath = "", segmentsPath = "" } = root.dataset;

const feed = new RoomFeed({ socketPath, segmentsPath });
let outage = noOutage;

function tell() {
  const { text, tone } = viewerState(feed.state, feed.log, feed);
  write(state, text);
  state.dataset.tone = tone;
  countUp();
}

/** What changes by the second; none of it is read aloud but the word that all is well again. */
function countUp() {
  const nowMs = Date.now();
  outage = applyOutage(outage, { away: isAway(), lostMs: feed.log.lostMs }, nowMs);
  write(count, viewerCount(feed.state, feed.log, nowMs - (outage.sinceMs ?? nowMs)));
  write(back, outage.over && feed.state === "open" ? backInWords(outage.over.lostMs) : "");
}

const isAway = () =>
  feed.state === "waiting" || (feed.state === "open" && (Boolean(feed.log.missed) || (feed.log.live && isHeldUp(feed.log))));

function write(/** @type {HTMLElement} */ place, /** @type {string} */ text) {
  if (place.textContent !== text) place.textContent = text;
}

// What the server has written stays until there is something to say.
feed.addEventListener("change", () => {
  view.log = feed.log;
  tell();
});
feed.addEventListener("state", tell);
view.addEventListener("captions:earlier", () => void feed.earlier());
setInterval(countUp, 500);
feed.start();
