// @ts-check
import { FLOOR_DBFS, Loudness, toDbfs } from "../audio/level.js";
import { gettext, gettextNoop } from "../words/gettext.js";

const LOWEST_DBFS = -60;
/** @type {Record<string, string>} words of a level (audio/level.js), and of none */
const WORDS = {
  "no sound": gettextNoop("no sound"),
  "too quiet": gettextNoop("too quiet"),
  good: gettextNoop("good"),
  "too loud": gettextNoop("too loud"),
  "not listening": gettextNoop("not listening"),
};

/**
 * How loud it is: a bar and a word.
 *
 * The bar is drawn at most once a frame, and falls slowly. The word is not in a live region: it would
 * speak over the speaker; what needs saying aloud is said as a notice by the page.
 *
 * Method `show({peak, rms})` for each level, `rest()` once nothing is listened to; attribute `label`.
 */
export class MicMeter extends HTMLElement {
  /** How fast the bar falls, dB per second. */
  static fallDbPerS = 30;

  #loudness = new Loudness();
  #dbfs = FLOOR_DBFS;
  #drawnAtMs = 0;
  #frame = 0;
  /** @type {HTMLElement | null} */
  #bar = null;
  /** @type {HTMLElement | null} */
  #word = null;

  connectedCallback() {
    if (this.#bar) return;
    this.#bar = part("span", "mic-meter__bar");
    this.#word = part("span", "mic-meter__word");
    this.#bar.append(part("span", "mic-meter__fill"), part("span", "mic-meter__good"));
    for (const [name, value] of Object.entries({
      role: "meter",
      "aria-label": this.getAttribute("label") ?? gettext("Level of the sound"),
      "aria-valuemin": String(LOWEST_DBFS),
      "aria-valuemax": "0",
    })) this.#bar.setAttribute(name, value);
    this.append(this.#bar, this.#word);
    this.rest();
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  /** @param {import("../audio/level.js").Level} level */
  show(level) {
    const now = performance.now();
    this.#loudness.add(level, now);
    const fallen = this.#dbfs - (MicMeter.fallDbPerS * (now - this.#drawnAtMs)) / 1000;
    this.#dbfs = Math.max(toDbfs(level.peak), fallen);
    this.#drawnAtMs = now;
    this.#frame ||= requestAnimationFrame(() => this.#draw(this.#loudness.word));
  }

  rest() {
    this.#loudness = new Loudness();
    this.#dbfs = FLOOR_DBFS;
    cancelAnimationFrame(this.#frame);
    this.#draw("not listening");
  }

  /** @param {string} word */
  #draw(word) {
    this.#frame = 0;
    if (!this.#bar || !this.#word) return;
    const dbfs = Math.max(LOWEST_DBFS, Math.min(0, Math.round(this.#dbfs)));
    this.#bar.style.setProperty("--level", String(1 - dbfs / LOWEST_DBFS));
    this.#bar.setAttribute("aria-valuenow", String(dbfs));
    const said = gettext(WORDS[word]);
    this.#bar.setAttribute("aria-valuetext", said);
    this.dataset.word = word;
    if (this.#word.textContent !== said) this.#word.textContent = said;
  }
}

/** @param {string} tag @param {string} style */
function part(tag, style) {
  const made = document.createElement(tag);
  made.className = style;
  return made;
}
