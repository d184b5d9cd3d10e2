// @ts-check
import { parseSetting, SETTINGS } from "../state/display.js";
import { LINES } from "../state/overlay.js";
import { button as plainButton, make, say } from "../view/dom.js";
import { filled, gettext } from "../words/gettext.js";

/** @typedef {import("../state/display.js").Display} Display */

/**
 * A small button over an overlay, for whoever streams: it opens a bar with the size of the text, the number
 * of lines, a way to load the overlay again, and how things stand.
 *
 * It is in the picture only while the pointer moves over the overlay, which in OBS takes its window
 * "Interact"; so what is drawn goes by the pointer alone.
 */
export class OverlayGear {
  static shownForMs = 3000;

  #display;
  #onchange;
  #stop = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #hiding;
  #root;
  #state = make("p", { class: "gear__state", role: "status", "data-testid": "overlay-state" });
  /** @type {(() => void)[]} */
  #steps = [];

  /**
   * @param {Readonly<Display>} display
   * @param {(display: Display) => void} onchange
   */
  constructor(display, onchange) {
    this.#display = display;
    this.#onchange = onchange;
    this.#root = this.#make();
    document.body.append(this.#root);
    for (const type of ["pointermove", "pointerdown"]) {
      document.addEventListener(type, () => this.#show(), { signal: this.#stop.signal, passive: true });
    }
  }

  /** Takes it away. */
  end() {
    clearTimeout(this.#hiding);
    this.#stop.abort();
    this.#root.remove();
  }

  /** How things stand. @param {string} words */
  say(words) {
    say(this.#state, words);
  }

  #show() {
    clearTimeout(this.#hiding);
    this.#root.classList.add("gear--shown");
    this.#hiding = setTimeout(() => this.#root.classList.remove("gear--shown"), OverlayGear.shownForMs);
  }

  #make() {
    const size = this.#step("size", SETTINGS.size, {
      name: gettext("Text"),
      less: gettext("Smaller text"),
      more: gettext("Larger text"),
      shown: (value) => filled(gettext("%(percent)s %"), { percent: value }),
    });
    const lines = this.#step("lines", { ...LINES, step: 1 }, {
      name: gettext("Lines"),
      less: gettext("Fewer lines"),
      more: gettext("More lines"),
      shown: String,
    });
    const again = button(gettext("Load again"), () => location.reload());
    const bar = make("div", { class: "gear__bar", id: "gear-bar", role: "group" }, size, lines, again, this.#state);
    bar.setAttribute("aria-label", gettext("Settings of the overlay"));
    bar.hidden = true;
    const open = button("⚙", () => {
      bar.hidden = !bar.hidden;
      open.setAttribute("aria-expanded", String(!bar.hidden));
    });
    for (const [name, value] of Object.entries({
      "aria-label": gettext("Settings of the overlay"),
      "aria-controls": "gear-bar",
      "aria-expanded": "false",
    })) open.setAttribute(name, value);
    return make("div", { class: "gear", "data-testid": "overlay-gear" }, bar, open);
  }

  /**
   * A value with a button on either side of it.
   *
   * @param {string} setting
   * @param {{low: number, high: number, step: number}} bounds
   * @param {{name: string, less: string, more: string, shown: (value: number) => string}} words
   */
  #step(setting, { low, high, step }, { name, less, more, shown }) {
    const value = make("output", { class: "gear__value" });
    const by = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {number} */ change) => {
      const made = button(sign, () => this.#set(setting, Math.min(high, Math.max(low, this.#display[setting] + change))));
      made.setAttribute("aria-label", label);
      return made;
    };
    const [fewer, further] = [by("−", less, -step), by("+", more, step)];
    const draw = () => {
      value.textContent = shown(this.#display[setting]);
      fewer.disabled = this.#display[setting] <= low;
      further.disabled = this.#display[setting] >= high;
    };
    this.#steps.push(draw);
    draw();
    return make("div", { class: "gear__step" }, name, fewer, value, further);
  }

  #set(/** @type {string} */ setting, /** @type {number} */ value) {
    this.#display = { ...this.#display, [setting]: parseSetting(setting, value) };
    for (const draw of this.#steps) draw();
    this.#onchange(this.#display);
  }
}

const button = (/** @type {string} */ label, /** @type {() => void} */ act) => plainButton(label, "gear__button", act);
