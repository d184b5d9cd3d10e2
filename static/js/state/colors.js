// @ts-check
/**
 * Colours as people write them, and whether one can be read on another: pure.
 *
 * A colour is `#rrggbb`; see WCAG 2.2, "contrast ratio" and "relative luminance".
 */

/** Names that streamers and site owners type; all others are written as numbers. */
const NAMED = new Map(
  Object.entries({
    black: "#000000",
    white: "#ffffff",
    red: "#ff0000",
    lime: "#00ff00",
    green: "#008000",
    blue: "#0000ff",
    yellow: "#ffff00",
    cyan: "#00ffff",
    aqua: "#00ffff",
    magenta: "#ff00ff",
    fuchsia: "#ff00ff",
    orange: "#ffa500",
    gold: "#ffd700",
    pink: "#ffc0cb",
    purple: "#800080",
    navy: "#000080",
    teal: "#008080",
    maroon: "#800000",
    olive: "#808000",
    gray: "#808080",
    grey: "#808080",
    silver: "#c0c0c0",
  }),
);

/** `#rrggbb` for `#rrggbb`, `#rgb`, both without their mark, and a few names; else `undefined`.
 * @param {string} text */
export function colorFrom(text) {
  const written = text.trim().toLowerCase();
  const named = NAMED.get(written);
  if (named) return named;
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/.exec(written)?.[1];
  if (!digits) return undefined;
  return `#${digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits}`;
}

/**
 * A colour with what shows of it, in percent: also `#rrggbbaa`, `#rgba`, `rgb(1, 2, 3)` and `rgba(1, 2, 3, 0.5)`.
 * `undefined` for what is none; without an opacity of its own it has `opacity: null`.
 *
 * @param {string} text @returns {{color: string, opacity: number | null} | undefined}
 */
export function paintFrom(text) {
  const written = text.trim().toLowerCase();
  return fromDigits(written) ?? fromChannels(written) ?? solid(colorFrom(written));
}

/** @param {string | undefined} color */
const solid = (color) => (color ? { color, opacity: null } : undefined);

/** @param {string} written */
function fromDigits(written) {
  const digits = /^#?([0-9a-f]{4}|[0-9a-f]{8})$/.exec(written)?.[1];
  if (!digits) return undefined;
  const [red, green, blue, alpha] = digits.length === 4 ? [...digits].map((digit) => digit + digit) : (digits.match(/../g) ?? []);
  return { color: `#${red}${green}${blue}`, opacity: Math.round((Number.parseInt(alpha, 16) * 100) / 255) };
}

/** With commas or with spaces, as in CSS. @param {string} written */
function fromChannels(written) {
  const inside = /^rgba?\(([\d\s.,/%]{1,40})\)$/.exec(written)?.[1];
  const parts = inside?.split(/[\s,/]+/).filter(Boolean) ?? [];
  if (parts.length < 3 || parts.length > 4) return undefined;
  const numbers = parts.slice(0, 3).map(Number);
  const share = parts[3] === undefined ? 1 : Number(parts[3].replace(/%$/, "")) / (parts[3].endsWith("%") ? 100 : 1);
  if (![...numbers, share].every(Number.isFinite)) return undefined;
  const color = `#${numbers.map((value) => Math.min(255, Math.round(value)).toString(16).padStart(2, "0")).join("")}`;
  return { color, opacity: parts[3] === undefined ? null : Math.round(Math.min(1, share) * 100) };
}

/** Red, green and blue from 0 to 255. @param {string} color @returns {[number, number, number]} */
export function channels(color) {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** What is seen of a colour that covers another one in part. @param {string} over @param {number} opacity 0 to 1 @param {string} ground */
export function mixed(over, opacity, ground) {
  const [top, below] = [channels(over), channels(ground)];
  const seen = top.map((channel, index) => Math.round(channel * opacity + below[index] * (1 - opacity)));
  return `#${seen.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** From 0 (black) to 1 (white). @param {string} color */
export function luminance(color) {
  const [red, green, blue] = channels(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1 to 21; 4.5 is what text needs to be read by most. @param {string} one @param {string} other */
export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** `#rrggbb` of what a browser computes (`rgb(1, 2, 3)`); `undefined` where nothing is painted.
 * @param {string} computed */
export function computedColor(computed) {
  const parts = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(computed);
  if (!parts || Number(parts[4] ?? 1) === 0) return undefined;
  return `#${parts.slice(1, 4).map((part) => Math.round(Number(part)).toString(16).padStart(2, "0")).join("")}`;
}
