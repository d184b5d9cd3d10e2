// @ts-check
import { colorFrom, luminance } from "./colors.js";

/**
 * How captions look, as a reader, a site owner or a streamer has it: pure.
 *
 * One table serves the viewer's panel, its link and its memory, the attributes of `<vox-captions>`, and the
 * addresses of embed and overlay. What comes from outside is parsed and clamped here; a value that makes
 * no sense is as if it had not been given.
 *
 * @typedef {{kind: "number", initial: number, low: number, high: number, step: number, unit: string}} NumberSetting
 * @typedef {{kind: "choice", initial: string, values: readonly string[]}} ChoiceSetting
 * @typedef {{kind: "color", initial: string}} ColorSetting `""` is the theme's own
 * @typedef {{kind: "flag", initial: boolean}} FlagSetting
 * @typedef {NumberSetting | ChoiceSetting | ColorSetting | FlagSetting} Setting
 * @typedef {Record<string, any>} Display one value a setting, by its name
 */

/** @type {(initial: number, low: number, high: number, step: number, unit?: string) => NumberSetting} */
const number = (initial, low, high, step, unit = "") => ({ kind: "number", initial, low, high, step, unit });
/** @type {(...values: string[]) => ChoiceSetting} the first one is the initial one */
const choice = (...values) => ({ kind: "choice", initial: values[0], values });
/** @type {() => ColorSetting} */
const color = () => ({ kind: "color", initial: "" });
/** @type {(initial: boolean) => FlagSetting} */
const flag = (initial) => ({ kind: "flag", initial });

/** @type {Readonly<Record<string, Setting>>} */
export const SETTINGS = Object.freeze({
  theme: choice("system", "light", "dark", "contrast-dark", "contrast-light"),
  /** Of the size that captions have by themselves. */
  size: number(100, 50, 300, 10, "%"),
  font: choice("system", "serif", "monospace", "atkinson", "opendyslexic"),
  color: color(),
  /** Behind the words themselves. */
  background: color(),
  "background-opacity": number(80, 0, 100, 5, "%"),
  /** Behind all the captions. */
  window: color(),
  "window-opacity": number(100, 0, 100, 5, "%"),
  edge: choice("none", "outline", "shadow", "raised", "depressed"),
  "line-height": number(140, 100, 250, 10, "%"),
  /** Shares of the size of a letter. */
  "letter-spacing": number(0, 0, 50, 2, "%"),
  "word-spacing": number(0, 0, 100, 5, "%"),
  align: choice("start", "center", "end"),
  position: choice("bottom", "middle", "top"),
  /** Kept on screen; 0: as many as there is room for. */
  lines: number(0, 0, 12, 1),
  interim: flag(true),
  /** What is still being said comes word by word, or line by line. */
  flow: choice("words", "lines"),
  uppercase: flag(false),
  delay: number(0, 0, 60, 1, "s"),
  /** Silence after which the captions are cleared away; 0: never. */
  clear: number(0, 0, 600, 1, "s"),
});

/** @type {Readonly<Display>} */
export const initialDisplay = Object.freeze(
  Object.fromEntries(Object.entries(SETTINGS).map(([name, { initial }]) => [name, initial])),
);

/** A value as somebody wrote it; `undefined` where it makes no sense. Numbers are clamped.
 * @param {string} name of a setting @param {unknown} written @returns {any} */
export function parseSetting(name, written) {
  const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  if (!setting || !["string", "number", "boolean"].includes(typeof written)) return undefined;
  const text = String(written).trim().toLowerCase().slice(0, 100);
  return PARSERS[setting.kind](text, /** @type {any} */ (setting));
}

/** @type {Record<Setting["kind"], (text: string, setting: any) => any>} */
const PARSERS = {
  number: (text, setting) => numberFrom(text, setting.low, setting.high),
  choice: (text, { values }) => (values.includes(text) ? text : undefined),
  color: (text) => (text === "" || text === "theme" ? "" : colorFrom(text)),
  flag: (text) => flagFrom(text),
};

/** A number with or without its unit, within bounds. @param {string} text @param {number} low @param {number} high */
export function numberFrom(text, low, high) {
  const digits = /^([+-]?\d+(?:\.\d+)?)\s*(?:%|px|s|em|pt)?$/.exec(text.trim())?.[1];
  if (digits === undefined) return undefined;
  return Math.min(high, Math.max(low, Math.round(Number(digits) * 100) / 100));
}

/** @param {string} text @returns {boolean | undefined} an attribute without a value is on */
export function flagFrom(text) {
  if (["", "1", "on", "true", "yes"].includes(text)) return true;
  return ["0", "off", "false", "no"].includes(text) ? false : undefined;
}

/** A display with what was written changed in it; the last of two values holds, unknown names are left out.
 * @param {Iterable<readonly [string, unknown]>} written @param {Readonly<Display>} base @returns {Display} */
export function displayFrom(written, base = initialDisplay) {
  const display = { ...base };
  for (const [name, value] of written) {
    const parsed = parseSetting(name, value);
    if (parsed !== undefined) display[name] = parsed;
  }
  return display;
}

/** What differs from another display. @param {Readonly<Display>} display @param {Readonly<Display>} base @returns {Display} */
export function changesIn(display, base = initialDisplay) {
  return Object.fromEntries(Object.entries(display).filter(([name, value]) => value !== base[name]));
}

/** What differs, as the query of an address. @param {Readonly<Display>} display @param {Readonly<Display>} base */
export function queryOf(display, base = initialDisplay) {
  const entries = Object.entries(changesIn(display, base)).map(([name, value]) => [name, written(value)]);
  return new URLSearchParams(entries).toString();
}

/** A value as text that parses to it again. @param {any} value */
export function written(value) {
  if (typeof value === "boolean") return value ? "on" : "off";
  return value === "" ? "theme" : String(value);
}

/** The theme in effect. @param {Readonly<Display>} display @param {boolean} prefersDark */
export function themeOf({ theme }, prefersDark) {
  return theme === "system" ? (prefersDark ? "dark" : "light") : theme;
}

/** Black or white, whichever stands out against a text. @param {string} color of the text, not "" */
export const edgeColorFor = (color) => (luminance(color) > 0.3 ? "#000000" : "#ffffff");

/** Families by name of a font setting; the last ones are shipped with voxweb. @type {Readonly<Record<string, string>>} */
export const FAMILIES = Object.freeze({
  serif: 'Georgia, "Noto Serif", "DejaVu Serif", serif',
  monospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "DejaVu Sans Mono", monospace',
  atkinson: '"voxweb Atkinson Hyperlegible", system-ui, "DejaVu Sans", sans-serif',
  opendyslexic: '"voxweb OpenDyslexic", system-ui, "DejaVu Sans", sans-serif',
});

const EDGES = new Map([
  ["outline", outline(0.06)],
  ["shadow", "0.08em 0.08em 0.14em var(--edge)"],
  ["raised", "0.03em 0.03em 0 var(--edge), 0.06em 0.06em 0 var(--edge), 0.09em 0.09em 0 var(--edge)"],
  ["depressed", "-0.03em -0.03em 0 var(--edge), -0.06em -0.06em 0 var(--edge), -0.09em -0.09em 0 var(--edge)"],
]);

/** A ring of shadows: what every browser draws, old ones inside OBS as well. @param {number} em */
function outline(em) {
  const around = Array.from({ length: 8 }, (_, index) => (index * Math.PI) / 4);
  const at = (/** @type {number} */ value) => `${(value * em).toFixed(3)}em`;
  return around.map((angle) => `${at(Math.cos(angle))} ${at(Math.sin(angle))} 0.02em var(--edge)`).join(", ");
}

/**
 * The custom properties of css/captions.css that a display sets; `null` is the style sheet's own value.
 *
 * @param {Readonly<Display>} display
 * @returns {Record<string, string | null>}
 */
export function stylesOf(display) {
  const share = (/** @type {string} */ name) => `${display[name] / 100}`;
  const painted = (/** @type {string} */ name) => display[name] && faded(display[name], display[`${name}-opacity`]);
  const edge = EDGES.get(display.edge)?.replaceAll("var(--edge)", "var(--caption-edge-color)");
  return {
    "--caption-scale": share("size"),
    "--caption-font": FAMILIES[display.font] ?? null,
    "--caption-color": display.color || null,
    "--caption-background": painted("background") || null,
    "--captions-window": painted("window") || null,
    "--caption-edge": edge ?? null,
    "--caption-edge-color": display.color ? edgeColorFor(display.color) : null,
    // A mark in the theme's colour may not go with the reader's.
    "--caption-interim-ground": display.color || display.background || display.window ? "transparent" : null,
    "--caption-leading": share("line-height"),
    "--caption-letter-spacing": display["letter-spacing"] ? `${share("letter-spacing")}em` : null,
    "--caption-word-spacing": display["word-spacing"] ? `${share("word-spacing")}em` : null,
    "--captions-align": display.align,
    "--captions-lines": display.lines ? String(display.lines) : null,
    "--caption-case": display.uppercase ? "uppercase" : null,
  };
}

/** @param {string} color @param {number} percent */
const faded = (color, percent) => color + Math.round((percent * 255) / 100).toString(16).padStart(2, "0");
