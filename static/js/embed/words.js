// @ts-check
import { useCatalog } from "../words/gettext.js";

/** @type {Map<string, Promise<boolean>>} languages that were asked for, and whether they could be had */
const asked = new Map();

/** Which of the languages that there are somebody reads; English where there is none of them.
 * @param {string} tag BCP 47 @param {readonly string[]} languages besides English */
export function languageFor(tag, languages) {
  const primary = tag.toLowerCase().split("-")[0];
  return languages.includes(primary) ? primary : "en";
}

/**
 * Gets the words of a language, once a page; whether they are there. All elements of a page speak the same
 * language, as the page does.
 *
 * @param {string} language @param {string} base
 */
export function learn(language, base) {
  const known = asked.get(language) ?? (language === "en" ? Promise.resolve(true) : fetchWords(language, base));
  asked.set(language, known);
  return known;
}

/** @param {string} language @param {string} base */
async function fetchWords(language, base) {
  try {
    const answer = await fetch(new URL(`/words/${language}.json`, base), { credentials: "omit" });
    if (answer.ok) useCatalog(await answer.json());
    return answer.ok;
  } catch {
    return false;
  }
}
