// @ts-check
import { changesIn, displayFrom, initialDisplay } from "../state/display.js";

/** @typedef {import("../state/display.js").Display} Display */

/** What a reader has chosen, kept on the device. Without storage it holds until the page is left. */
export class Kept {
  #key;

  /** @param {string} key */
  constructor(key = "voxweb.reader") {
    this.#key = key;
  }

  /** @returns {{display: Display, readsAloud: boolean, keys: boolean}} */
  recall() {
    const { display = {}, readsAloud = false, keys = true } = this.#read();
    return { display: displayFrom(entriesOf(display)), readsAloud: readsAloud === true, keys: keys !== false };
  }

  /** @param {{display: Readonly<Display>, readsAloud: boolean, keys: boolean}} chosen */
  keep({ display, readsAloud, keys }) {
    const changes = changesIn(display, initialDisplay);
    try {
      localStorage.setItem(this.#key, JSON.stringify({ display: changes, readsAloud, keys }));
    } catch {
      // Nothing to do: it is as chosen until the page is left.
    }
  }

  #read() {
    try {
      return Object(JSON.parse(localStorage.getItem(this.#key) ?? "{}"));
    } catch {
      return {};
    }
  }
}

/** @param {unknown} kept @returns {[string, unknown][]} */
const entriesOf = (kept) => (kept && typeof kept === "object" ? Object.entries(kept) : []);
