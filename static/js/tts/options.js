// @ts-check
/** Settings of a provider, as the server describes them. Pure. */

/**
 * @typedef {{name: string, field: string, label: string,
 *   kind: "number" | "whole" | "choice" | "switch" | "style" | "text" | "object", default: any,
 *   low: number | null, high: number | null, step: number | null, unit: string, choices: (string | number)[],
 *   transports: string[], voices: string[], needs: Record<string, (string | number)[]>}} Option
 * @typedef {import("./voices.js").Voice} Voice
 */

/** Those that can be set here: over this transport, of this voice, with these values of the others.
 * @param {Option[]} options @param {string} transport @param {Voice | undefined} voice
 * @param {Record<string, any>} values */
export function usable(options, transport, voice, values) {
  const here = options.filter(({ transports }) => transports.length === 0 || transports.includes(transport));
  const now = (/** @type {string} */ name) => values[name] ?? here.find((option) => option.name === name)?.default;
  return here.filter(({ kind, voices, needs }) => {
    if (kind === "object" && !Object.keys(voice?.schema?.properties ?? {}).length) return false;
    if (kind === "style" && !voice?.styles.length) return false;
    if (voices.length > 0 && !voices.some((start) => voice?.id.startsWith(start))) return false;
    return Object.entries(needs).every(([name, choices]) => choices.map(String).includes(`${now(name)}`));
  });
}

/** What is sent: usable settings that are not as they are by themselves, and can be had here. A choice or a style
 * of another voice or way is left out. @param {Option[]} options usable ones @param {Record<string, any>} values
 * @param {Voice} [voice] */
export function sent(options, values, voice) {
  const told = options.filter(({ name, kind, choices, default: usual }) => {
    const value = values[name];
    if (value === undefined || value === "" || `${value}` === `${usual}`) return false;
    if (kind === "choice") return choices.map(String).includes(`${value}`);
    return kind !== "style" || Boolean(voice?.styles.includes(value));
  });
  return Object.fromEntries(told.map(({ name }) => [name, values[name]]));
}
