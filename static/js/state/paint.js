// @ts-check
/** Colours with an opacity, as streamers write them in addresses. Pure. */
import { colorFrom } from "./colors.js";

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
