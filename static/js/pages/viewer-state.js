// @ts-check
import { applyOutage, noOutage } from "../state/outage.js";
import { backInWords, isHeldUp, viewerCount, viewerState } from "../state/words.js";
import { say } from "../view/dom.js";

/** @typedef {import("../net/room-feed.js").RoomFeed} RoomFeed */
/** @typedef {import("../state/captions.js").Log} Log */

/** How the room and the connection stand, in words, at the places that the page has for them. */
export class ViewerState {
  #state;
  #count;
  #back;
  #outage = noOutage;

  /** @param {HTMLElement} root */
  constructor(root) {
    const found = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.#state = found("[data-testid=viewer-state]");
    this.#count = found("[data-part=count]");
    this.#back = found("[data-part=back]");
  }

  /** @param {RoomFeed} feed @param {Log} log as it is shown */
  tell(feed, log) {
    const { text, tone } = viewerState(feed.state, log, feed);
    say(this.#state, text);
    this.#state.dataset.tone = tone;
    this.count(feed, log);
  }

  /** What changes by the second; none of it is read aloud but the word that all is well again.
   * @param {RoomFeed} feed @param {Log} log */
  count(feed, log) {
    const nowMs = Date.now();
    const away =
      feed.state === "waiting" || (feed.state === "open" && (Boolean(log.missed) || (log.live && isHeldUp(log))));
    this.#outage = applyOutage(this.#outage, { away, lostMs: log.lostMs }, nowMs);
    say(this.#count, viewerCount(feed.state, log, nowMs - (this.#outage.sinceMs ?? nowMs)));
    say(this.#back, this.#outage.over && feed.state === "open" ? backInWords(this.#outage.over.lostMs) : "");
  }
}
