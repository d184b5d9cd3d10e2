// @ts-check
/** Finding a voice among hundreds. Pure. */

/**
 * @typedef {{id: string, name: string, locales: string[], gender: string, age: string, description: string,
 *   styles: string[], schema: any}} Voice
 * @typedef {{words: string, language: string, gender: string, style: string}} Wanted
 */

/** Stands among a voice's languages where its provider finds out itself. */
const AUTOMATIC = "auto";

/** Voices that fit, pinned ones first, else as the provider has them.
 * @param {Voice[]} voices @param {Wanted} wanted @param {string[]} pins ids */
export function fitting(voices, { words, language, gender, style }, pins = []) {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = voices.filter((voice) => {
    const text = [voice.id, voice.name, voice.description, voice.age, ...voice.locales].join(" ").toLowerCase();
    return (
      parts.every((part) => text.includes(part)) &&
      (!language || voice.locales.some((locale) => primary(locale) === language)) &&
      (!gender || voice.gender === gender) &&
      (!style || voice.styles.includes(style))
    );
  });
  const pinned = new Set(pins);
  return [...fits.filter(({ id }) => pinned.has(id)), ...fits.filter(({ id }) => !pinned.has(id))];
}

/** What voices can be told apart by: languages, genders and styles, each once and in order. @param {Voice[]} voices */
export function facets(voices) {
  const sorted = (/** @type {string[]} */ all) => [...new Set(all.filter(Boolean))].sort();
  return {
    languages: sorted(voices.flatMap(({ locales }) => locales.map(primary).filter((code) => code !== AUTOMATIC))),
    genders: sorted(voices.map(({ gender }) => gender)),
    styles: sorted(voices.flatMap(({ styles }) => styles)),
  };
}

/** @param {string} locale */
export const primary = (locale) => locale.split("-")[0].toLowerCase();
