// @ts-check
import { changesIn, displayFrom, initialDisplay } from "../state/display.js";
import { keep, recall } from "./memory.js";

/** @typedef {import("../state/display.js").Display} Display */

/** What a reader has chosen, kept on the device. */
export class Kept {
  #key;

  /** @param {string} key */
  constructor(key = "voxweb.reader") {
    this.#key = key;
  }

  /** @returns {{display: Display, readsAloud: boolean, keys: boolean}} */
  recall() {
    const { display = {}, readsAloud = false, keys = true } = Object(recall("local", this.#key));
    return { display: displayFrom(entriesOf(display)), readsAloud: readsAloud === true, keys: keys !== false };
  }

  /** @param {{display: Readonly<Display>, readsAloud: boolean, keys: boolean}} chosen */
  keep({ display, readsAloud, keys }) {
    const changes = changesIn(display, initialDisplay);
    keep("local", this.#key, { display: changes, readsAloud, keys });
  }
}

/** @param {unknown} kept @returns {[string, unknown][]} */
const entriesOf = (kept) => (kept && typeof kept === "object" ? Object.entries(kept) : []);
