// @ts-check
/**
 * Colours as people write them, and how light they are: pure.
 *
 * A colour is `#rrggbb`; see WCAG 2.2, "relative luminance".
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

/** Red, green and blue from 0 to 255. @param {string} color @returns {[number, number, number]} */
export function channels(color) {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** From 0 (black) to 1 (white). @param {string} color */
export function luminance(color) {
  const [red, green, blue] = channels(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
