// @ts-check
import { parseSetting } from "../state/display.js";
import { keep, recall } from "../view/memory.js";

/** @typedef {import("../state/display.js").Display} Display */

/** What the gear of an overlay can change. */
const CHANGEABLE = Object.freeze(["size", "lines"]);

/**
 * What was changed at an overlay by its gear, kept in this browser for one room.
 *
 * It counts as long as the address says what it said then: who gives the overlay another address means that.
 */
export class OverlayMemory {
  #key;

  /** @param {string} room slug */
  constructor(room) {
    this.#key = `voxweb.overlay.${room}`;
  }

  /** A display with what was changed of it. @param {Readonly<Display>} asked by the address @returns {Display} */
  recall(asked) {
    /** @type {{from?: Display, to?: Display}} */
    const { from, to } = Object(recall("local", this.#key));
    const known = CHANGEABLE.every((name) => from?.[name] === asked[name]);
    const display = { ...asked };
    for (const name of known ? CHANGEABLE : []) display[name] = parseSetting(name, to?.[name]) ?? asked[name];
    return display;
  }

  /** @param {Readonly<Display>} asked by the address @param {Readonly<Display>} shown */
  keep(asked, shown) {
    const of = (/** @type {Readonly<Display>} */ display) => Object.fromEntries(CHANGEABLE.map((name) => [name, display[name]]));
    const changed = CHANGEABLE.some((name) => asked[name] !== shown[name]);
    keep("local", this.#key, changed ? { from: of(asked), to: of(shown) } : null);
  }
}
