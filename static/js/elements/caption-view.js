// @ts-check
import { initialDisplay } from "../state/display.js";
import { CaptionBox } from "../view/caption-box.js";
import { gettext } from "../words/gettext.js";

/** @typedef {import("../state/captions.js").Log} Log */
/** @typedef {import("../state/display.js").Display} Display */

/**
 * A box of captions (see view/caption-box.js) as an element of a page.
 *
 * Properties `log`, `display`, `readsAloud`; attributes `label`, `empty` (text while there is nothing).
 * Event `captions:earlier`, bubbling: the reader asks for older captions.
 */
export class CaptionView extends HTMLElement {
  /** @type {CaptionBox | null} */
  #box = null;
  /** @type {Log | null} */
  #log = null;
  /** @type {Readonly<Display>} */
  #display = initialDisplay;
  #readsAloud = false;

  get log() {
    return this.#log;
  }

  set log(log) {
    this.#log = log;
    if (this.#box) this.#box.log = log;
  }

  get display() {
    return this.#display;
  }

  set display(display) {
    this.#display = display;
    if (this.#box) this.#box.display = display;
  }

  get readsAloud() {
    return this.#readsAloud;
  }

  set readsAloud(readsAloud) {
    this.#readsAloud = readsAloud;
    if (this.#box) this.#box.readsAloud = readsAloud;
  }

  connectedCallback() {
    const words = { label: this.getAttribute("label") ?? gettext("Captions"), empty: this.getAttribute("empty") ?? "" };
    const askEarlier = () => this.dispatchEvent(new CustomEvent("captions:earlier", { bubbles: true }));
    this.#box = new CaptionBox(this, words, askEarlier);
    this.#box.display = this.#display;
    this.#box.readsAloud = this.#readsAloud;
    this.#box.log = this.#log;
  }

  disconnectedCallback() {
    this.#box?.end();
    this.#box = null;
  }

  toLatest() {
    this.#box?.toLatest();
  }

  focus() {
    this.#box?.focus();
  }
}
