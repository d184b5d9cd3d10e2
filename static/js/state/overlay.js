// @ts-check
import { contrast, mixed } from "./contrast.js";
import { flagFrom, initialDisplay, numberFrom, parseSetting } from "./display.js";
import { paintFrom } from "./paint.js";

/**
 * What the address of an overlay says, and an address that says it: pure.
 *
 * Names are the ones that streamers know from other overlays. Every value is parsed and clamped; one that
 * makes no sense is as if it had not been given, and the last of two holds. What comes out is numbers,
 * switches, `#rrggbb` and words of our own: nothing of an address is ever written into a page.
 *
 * @typedef {import("./display.js").Display} Display
 * @typedef {{display: Display, basePx: number | null, lang: string, unknown: number}} Overlay
 *
 * `basePx`: size of the letters before `display.size`; `null`: by the size of the picture. `lang`: what the
 * overlay itself speaks; "": as the browser asks for. `unknown`: how many parameters were not understood.
 */

/** As small and as large as letters can be asked for, in pixels. */
export const BASE_PX = Object.freeze({ low: 8, high: 400 });
export const LINES = Object.freeze({ low: 1, high: 12 });
/** What the interface is translated into. */
export const LANGUAGES = Object.freeze(["en", "de", "ar"]);

/** White on a dark box reads over any picture. @type {Readonly<Display>} */
export const overlayDisplay = Object.freeze({
  ...initialDisplay,
  theme: "dark",
  color: "#ffffff",
  background: "#000000",
  "background-opacity": 75,
  align: "center",
  lines: 3,
  clear: 10,
});

/** @type {Readonly<Overlay>} */
export const plainOverlay = Object.freeze({ display: overlayDisplay, basePx: null, lang: "", unknown: 0 });

const ALIGNS = new Map(Object.entries({ left: "start", start: "start", center: "center", centre: "center", middle: "center", right: "end", end: "end" }));
const POSITIONS = new Map(Object.entries({ top: "top", middle: "middle", center: "middle", centre: "middle", bottom: "bottom" }));
const FONTS = new Map(
  Object.entries({
    system: "system",
    default: "system",
    sans: "system",
    sansserif: "system",
    serif: "serif",
    mono: "monospace",
    monospace: "monospace",
    monospaced: "monospace",
    typewriter: "monospace",
    atkinson: "atkinson",
    hyperlegible: "atkinson",
    atkinsonhyperlegible: "atkinson",
    dyslexic: "opendyslexic",
    dyslexia: "opendyslexic",
    opendyslexic: "opendyslexic",
  }),
);
const NO_PAINT = new Set(["transparent", "none", "0", "off", "no", "false"]);
const NEVER = new Set(["off", "no", "false", "never", "none"]);
/** Read elsewhere: the overlay's key, its sample, and the language that the page was asked for in. */
const NOT_A_LOOK = new Set(["key", "sample", "hl"]);
const LONGEST = 60;
const MOST = 100;

const ALIASES = new Map(Object.entries({ font_size: "fs", fgc: "color", bgc: "bg" }));

/** What a parameter changes, by its name; `undefined` for a value that makes no sense.
 * @type {ReadonlyMap<string, (text: string, now: Overlay) => {display?: Display, basePx?: number, lang?: string} | undefined>} */
const PARAMETERS = new Map(
  Object.entries({
    fs: (text) => given(pixelsFrom(text), (basePx) => ({ basePx })),
    font: (text) => shown("font", FONTS.get(text.replace(/[\s_-]/g, ""))),
    color: (text) => shown("color", paintFrom(text)?.color),
    bg: (text) => given(backgroundFrom(text), (display) => ({ display })),
    bg_opacity: (text) => shown("background-opacity", percentFrom(text)),
    align: (text) => shown("align", ALIGNS.get(text)),
    valign: (text) => shown("position", POSITIONS.get(text)),
    lines: (text) => shown("lines", wholeFrom(text, LINES.low, LINES.high)),
    outline: (text, now) => edge("outline", outlineFrom(text), now),
    shadow: (text, now) => edge("shadow", flagFrom(text), now),
    uppercase: (text) => shown("uppercase", flagFrom(text)),
    interim: (text) => shown("interim", flagFrom(text)),
    delay: (text) => shown("delay", parseSetting("delay", text)),
    clear: (text) => shown("clear", NEVER.has(text) ? 0 : parseSetting("clear", text)),
    lang: (text) => given(languageFrom(text), (lang) => ({ lang })),
  }),
);

/** Parameters of an address in the order in which addresses are made. */
export const NAMES = Object.freeze([...PARAMETERS.keys()]);

/** @param {Iterable<readonly [string, string]>} parameters such as URLSearchParams @returns {Overlay} */
export function overlayFrom(parameters) {
  let overlay = { ...plainOverlay, display: { ...overlayDisplay } };
  for (const [name, value] of [...parameters].slice(-MOST)) {
    if (NOT_A_LOOK.has(name)) continue;
    const text = value.trim().toLowerCase();
    const parse = PARAMETERS.get(ALIASES.get(name) ?? name);
    const change = text.length <= LONGEST ? parse?.(text, overlay) : undefined;
    if (change) overlay = { ...overlay, ...change, display: { ...overlay.display, ...change.display } };
    else overlay.unknown += 1;
  }
  return overlay;
}

/**
 * What an overlay was given to come in by: "" for nothing. What cannot be a key is handed on as one that is
 * none, for the server to refuse: it must not look like an overlay without a key.
 *
 * @param {URLSearchParams} parameters
 */
export function keyFrom(parameters) {
  const key = parameters.getAll("key").at(-1) ?? "";
  return /^[\w.-]{0,200}$/.test(key) ? key : "-";
}

/** Whether to show sample lines while nobody speaks. @param {URLSearchParams} parameters */
export const isSample = (parameters) => flagFrom((parameters.getAll("sample").at(-1) ?? "off").toLowerCase()) === true;

/** The parameters that make a plain overlay look like this one. @param {Readonly<Overlay>} overlay */
export function overlayQuery({ display, basePx, lang }) {
  const { edge: edgeNow, background } = display;
  const query = new URLSearchParams();
  const add = (/** @type {string} */ name, /** @type {any} */ value) => query.append(name, value);
  const differs = (/** @type {string} */ setting) => display[setting] !== overlayDisplay[setting];
  const onOff = (/** @type {boolean} */ on) => (on ? "on" : "off");
  const bare = (/** @type {string} */ color) => color.replace("#", "");
  if (basePx !== null) add("fs", String(basePx));
  if (differs("font")) add("font", display.font);
  if (differs("color")) add("color", bare(display.color));
  if (differs("background")) add("bg", background ? bare(background) : "transparent");
  if (differs("background-opacity") && background) add("bg_opacity", `${display["background-opacity"]}%`);
  if (differs("align")) add("align", display.align);
  if (differs("position")) add("valign", display.position);
  if (differs("lines")) add("lines", String(display.lines));
  if (edgeNow === "outline" || edgeNow === "shadow") add(edgeNow, "on");
  if (differs("uppercase")) add("uppercase", onOff(display.uppercase));
  if (differs("interim")) add("interim", onOff(display.interim));
  if (differs("delay")) add("delay", String(display.delay));
  if (differs("clear")) add("clear", String(display.clear));
  if (lang) add("lang", lang);
  return query.toString();
}

/**
 * What makes an overlay hard to read: `colours` that are alike, or some `picture` below it; "" for nothing.
 * The thresholds are those of WCAG 2.2 for text, and for large text.
 *
 * @param {Readonly<Display>} display
 */
export function legibilityOf({ color, background, "background-opacity": percent, edge: edgeNow }) {
  const opacity = background ? percent / 100 : 0;
  if (opacity >= 0.5 && contrast(color, background) < 4.5) return "colours";
  if (edgeNow !== "none") return "";
  const grounds = ["#000000", "#ffffff"].map((picture) => (background ? mixed(background, opacity, picture) : picture));
  return grounds.some((ground) => contrast(color, ground) < 3) ? "picture" : "";
}

/** @template T, R @param {T | undefined} value @param {(value: T) => R} change */
const given = (value, change) => (value === undefined ? undefined : change(value));

/** @param {string} setting @param {any} value */
const shown = (setting, value) => given(value, (known) => ({ display: { [setting]: known } }));

/** One edge at a time: the one that was switched on last. @param {string} kind @param {boolean | undefined} on @param {Overlay} now */
function edge(kind, on, now) {
  const off = now.display.edge === kind ? "none" : now.display.edge;
  return shown("edge", on === undefined ? undefined : on ? kind : off);
}

/** @param {string} text */
function backgroundFrom(text) {
  if (NO_PAINT.has(text)) return { background: "" };
  return given(paintFrom(text), ({ color, opacity }) => ({
    background: color,
    ...(opacity === null ? {} : { "background-opacity": opacity }),
  }));
}

/** Up to 1 a share, above it a percentage; with its sign always a percentage. @param {string} text */
function percentFrom(text) {
  const number = /^[+-]?[\d.]+%?$/.test(text) ? numberFrom(text.replace(/^\./, "0."), 0, 100) : undefined;
  if (number === undefined) return undefined;
  return Math.round(number <= 1 && !text.endsWith("%") ? number * 100 : number);
}

/** @param {string} text */
const pixelsFrom = (text) => (/^[+-]?[\d.]+(?:px)?$/.test(text) ? wholeFrom(text, BASE_PX.low, BASE_PX.high) : undefined);

/** @param {string} text @param {number} low @param {number} high */
function wholeFrom(text, low, high) {
  return given(numberFrom(text, low, high), Math.round);
}

/** A switch, or what other overlays take: a width in pixels, or a colour. Ours is the one that stands out. @param {string} text */
function outlineFrom(text) {
  const on = flagFrom(text);
  if (on !== undefined || NO_PAINT.has(text)) return on ?? false;
  const widthPx = /^\d{1,2}(?:\.\d+)?(?:px)?$/.test(text) ? numberFrom(text, 0, 100) : undefined;
  if (widthPx !== undefined) return widthPx > 0;
  return paintFrom(text) ? true : undefined;
}

/** By its primary subtag (BCP 47). @param {string} text */
function languageFrom(text) {
  const [primary, ...rest] = text.split(/[-_]/);
  const isTag = [primary, ...rest].every((part) => /^[a-z0-9]{1,8}$/.test(part));
  return isTag && LANGUAGES.includes(primary) ? primary : undefined;
}
