// @ts-check
import { contrastIn } from "../state/contrast.js";
import { changesIn, initialDisplay, SETTINGS, themeOf } from "../state/display.js";
import { filled, gettext } from "../words/gettext.js";
import { button, make, say } from "./dom.js";
import { choiceField, colorField, group, radioField, rangeField, switchField } from "./fields.js";

/** @typedef {import("../state/display.js").Display} Display */
/** @typedef {import("./fields.js").Field} Field */

/** Contrast that most people need to read text (WCAG 2.2, 1.4.3). */
const ENOUGH = 4.5;

/**
 * All that a reader may change about captions, in one panel. What is changed is told at once by `change`;
 * the captions themselves are the preview.
 *
 * It stands inside `root`, hidden until `open`. Escape and its button close it; focus goes back to where
 * it was.
 */
export class SettingsPanel {
  #root;
  #change;
  /** @type {Readonly<Display>} */
  #display = initialDisplay;
  /** @type {Map<string, Field>} */
  #fields = new Map();
  #notice = make("p", { class: "notice settings__contrast", role: "status" });
  #title = make("h2", { class: "settings__title", tabindex: "-1", id: "vox-settings-title" }, gettext("Display settings"));
  /** @type {HTMLElement | null} */
  #from = null;
  #extra;
  #links;
  /** What a reset goes back to. */
  initial = initialDisplay;

  /**
   * @param {HTMLElement} root
   * @param {object} says
   * @param {(display: Readonly<Display>) => void} says.change
   * @param {() => void} [says.toggled] it was opened or closed
   * @param {Field[]} [extra] more about this reader: not about how captions look
   * @param {HTMLElement[]} [links] more buttons at the end
   */
  constructor(root, { change, toggled = () => {} }, extra = [], links = []) {
    this.#root = root;
    this.#change = change;
    this.toggled = toggled;
    this.#extra = extra;
    this.#links = links;
    root.hidden = true;
    root.classList.add("settings");
    root.setAttribute("aria-labelledby", this.#title.id);
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    root.append(...this.#parts());
    this.display = initialDisplay;
  }

  get isOpen() {
    return !this.#root.hidden;
  }

  get display() {
    return this.#display;
  }

  /** Shown in the controls; tells nobody. */
  set display(display) {
    this.#display = display;
    for (const [name, field] of this.#fields) field.show(display[name]);
    this.#warn();
  }

  open() {
    if (this.isOpen) return;
    this.#from = /** @type {HTMLElement | null} */ (activeIn(this.#root));
    this.#root.hidden = false;
    this.toggled();
    this.#title.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.#root.hidden = true;
    this.toggled();
    this.#from?.focus();
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** Everything as it was at first. */
  reset() {
    this.display = this.initial;
    this.#change(this.initial);
  }

  /** One setting to another value, by whatever means. @param {string} name @param {any} value */
  set(name, value) {
    this.display = { ...this.#display, [name]: value };
    this.#change(this.#display);
  }

  #parts() {
    const head = make(
      "div",
      { class: "settings__head" },
      this.#title,
      button(gettext("Close"), "button button--quiet button--small", () => this.close()),
    );
    const foot = make(
      "div",
      { class: "settings__foot" },
      ...this.#links,
      button(gettext("Reset everything"), "button button--quiet", () => this.reset()),
    );
    return [head, this.#notice, ...this.#groups(), foot];
  }

  #groups() {
    const percent = (/** @type {number} */ value) => `${value} %`;
    const lines = (/** @type {number} */ value) => (value ? String(value) : gettext("As many as fit"));
    const seconds = (/** @type {number} */ value) => (value ? filled(gettext("%(count)s s"), { count: value }) : gettext("None"));
    const groups = [
      group(gettext("Text"), [
        this.#range("size", gettext("Text size"), percent),
        this.#choice("font", gettext("Font"), fonts()),
        this.#color("color", gettext("Text colour")),
        this.#choice("edge", gettext("Edge of the letters"), edges()),
      ]),
      group(gettext("Theme"), [this.#radio("theme", gettext("Colours of the page"), themes())]),
      group(gettext("Behind the text"), [
        this.#color("background", gettext("Behind the words")),
        this.#range("background-opacity", gettext("Opacity behind the words"), percent),
        this.#color("window", gettext("Behind all captions")),
        this.#range("window-opacity", gettext("Opacity behind all captions"), percent),
      ]),
      group(gettext("Spacing"), [
        this.#range("line-height", gettext("Between lines"), percent),
        this.#range("letter-spacing", gettext("Between letters"), percent),
        this.#range("word-spacing", gettext("Between words"), percent),
      ]),
      group(gettext("Place"), [
        this.#choice("align", gettext("Alignment"), alignments()),
        this.#choice("position", gettext("Where captions stand"), positions()),
        this.#range("lines", gettext("Lines on screen"), lines),
      ]),
      group(gettext("While somebody speaks"), [
        this.#switch("interim", gettext("Show what is still being said")),
        this.#choice("flow", gettext("It comes"), flows()),
        this.#range("delay", gettext("Delay, for a delayed stream"), seconds),
      ]),
    ];
    return this.#extra.length ? [...groups, group(gettext("Reading and keys"), this.#extra)] : groups;
  }

  #range(/** @type {string} */ name, /** @type {string} */ label, /** @type {(value: number) => string} */ inWords) {
    return this.#keep(name, rangeField(label, /** @type {any} */ (SETTINGS[name]), inWords, (value) => this.set(name, value)));
  }

  #choice(/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ choices) {
    return this.#keep(name, choiceField(label, choices, (value) => this.set(name, value)));
  }

  #radio(/** @type {string} */ name, /** @type {string} */ label, /** @type {any} */ choices) {
    return this.#keep(name, radioField(label, choices, (value) => this.set(name, value)));
  }

  #color(/** @type {string} */ name, /** @type {string} */ label) {
    return this.#keep(name, colorField(label, (value) => this.set(name, value)));
  }

  #switch(/** @type {string} */ name, /** @type {string} */ label) {
    return this.#keep(name, switchField(label, "", (value) => this.set(name, value)));
  }

  #keep(/** @type {string} */ name, /** @type {Field} */ field) {
    this.#fields.set(name, field);
    field.element.dataset.setting = name;
    return field;
  }

  #warn() {
    const prefersDark = globalThis.matchMedia("(prefers-color-scheme: dark)").matches;
    const ratio = contrastIn(this.#display, themeOf(/** @type {any} */ (this.#display), prefersDark));
    const words = filled(gettext("These colours are hard to read: their contrast is %(ratio)s to 1, and most people need 4.5 to 1."), {
      ratio: ratio.toFixed(1),
    });
    const isHard = ratio < ENOUGH && ["color", "background", "window"].some((name) => name in changesIn(this.#display));
    say(this.#notice, isHard ? words : "");
  }
}

/** What has the focus, inside of a shadow root as well. @param {Node} near */
function activeIn(near) {
  const root = near.getRootNode();
  return root instanceof ShadowRoot || root instanceof Document ? root.activeElement : null;
}

const themes = () => [
  ["system", gettext("As this device")],
  ["light", gettext("Light")],
  ["dark", gettext("Dark")],
  ["contrast-dark", gettext("High contrast, dark")],
  ["contrast-light", gettext("High contrast, light")],
];
const fonts = () => [
  ["system", gettext("System")],
  ["serif", gettext("Serif")],
  ["monospace", gettext("Monospace")],
  ["atkinson", "Atkinson Hyperlegible"],
  ["opendyslexic", "OpenDyslexic"],
];
const edges = () => [
  ["none", gettext("None")],
  ["outline", gettext("Outline")],
  ["shadow", gettext("Shadow")],
  ["raised", gettext("Raised")],
  ["depressed", gettext("Depressed")],
];
const alignments = () => [
  ["start", gettext("Where lines begin")],
  ["center", gettext("Centred")],
  ["end", gettext("Where lines end")],
];
const positions = () => [
  ["bottom", gettext("At the bottom")],
  ["middle", gettext("In the middle")],
  ["top", gettext("At the top")],
];
const flows = () => [
  ["words", gettext("Word by word")],
  ["lines", gettext("Line by line")],
];
