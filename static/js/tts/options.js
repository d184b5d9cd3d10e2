// @ts-check
/** Settings of a provider, as the server describes them. Pure. */

/**
 * @typedef {{name: string, field: string, label: string, kind: "number" | "whole" | "choice" | "object", default: any,
 *   low: number | null, high: number | null, step: number | null, unit: string, choices: (string | number)[],
 *   transports: string[]}} Option
 */

/** Those that can be set here: over this transport, and of this voice. @param {Option[]} options
 * @param {string} transport @param {import("./voices.js").Voice | undefined} voice */
export const usable = (options, transport, voice) =>
  options.filter(({ kind, transports }) => {
    if (kind === "object" && !Object.keys(voice?.schema?.properties ?? {}).length) return false;
    return transports.length === 0 || transports.includes(transport);
  });

/** What is sent: usable settings that are not as they are by themselves. @param {Option[]} options usable ones
 * @param {Record<string, any>} values */
export function sent(options, values) {
  const told = options.filter(({ name, default: usual }) => values[name] !== undefined && values[name] !== usual);
  return Object.fromEntries(told.map(({ name }) => [name, values[name]]));
}
