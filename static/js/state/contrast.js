// @ts-check
/** Whether one colour can be read on another: WCAG 2.2, "contrast ratio". Pure. */
import { channels, luminance } from "./colors.js";

/** @typedef {import("./display.js").Display} Display */

/** The look of themes, for where no style sheet can be asked: text on ground. */
const THEMES = new Map([
  ["light", ["#15171c", "#f6f4ed"]],
  ["dark", ["#f5f2e9", "#0f1115"]],
  ["contrast-dark", ["#ffff00", "#000000"]],
  ["contrast-light", ["#000000", "#ffffff"]],
]);

/** What is seen of a colour that covers another one in part. @param {string} over @param {number} opacity 0 to 1 @param {string} ground */
export function mixed(over, opacity, ground) {
  const [top, below] = [channels(over), channels(ground)];
  const seen = top.map((channel, index) => Math.round(channel * opacity + below[index] * (1 - opacity)));
  return `#${seen.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** From 1 to 21; 4.5 is what text needs to be read by most. @param {string} one @param {string} other */
export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * How well the words can be read on what is behind them, 1 to 21 (WCAG 2.2); opacities count.
 *
 * @param {Readonly<Display>} display
 * @param {string} theme in effect
 */
export function contrastIn(display, theme) {
  const [ink, ground] = THEMES.get(theme) ?? ["#15171c", "#f6f4ed"];
  const behind = display.window ? mixed(display.window, display["window-opacity"] / 100, ground) : ground;
  const close = display.background ? mixed(display.background, display["background-opacity"] / 100, behind) : behind;
  return contrast(display.color || ink, close);
}
