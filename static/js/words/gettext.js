// @ts-check
/**
 * Words of the interface in the reader's language; English, as they stand in the code, where there are none.
 *
 * A catalog is what Django's JSONCatalog gives: a text, or one for each plural form. A page brings its own
 * as data (`<script type="application/json" id="words">`); others set one by `useCatalog`.
 *
 * @typedef {Record<string, string | string[]>} Catalog
 */

/** @type {{language: string, catalog: Catalog}} */
let words = { language: "en", catalog: {} };

/** The order of gettext's plural forms, by the names that CLDR has for them. @type {Record<string, string[]>} */
const FORMS = { ar: ["zero", "one", "two", "few", "many", "other"] };
const TWO_FORMS = ["one", "other"];

/** @param {{language: string, catalog: Catalog}} learnt */
export function useCatalog(learnt) {
  words = { language: String(learnt.language), catalog: { ...learnt.catalog } };
}

/** The language that texts come in (a BCP 47 tag), if they are in the catalog. */
export const language = () => words.language;

/** @param {string} text in English */
export function gettext(text) {
  const found = lookUp(text);
  return (Array.isArray(found) ? found[0] : found) || text;
}

/** Marks a text that is translated where it is shown. @param {string} text */
export const gettextNoop = (text) => text;

/** One text of two, by number. @param {string} one @param {string} many @param {number} count */
export function ngettext(one, many, count) {
  const found = lookUp(one);
  if (!Array.isArray(found)) return count === 1 ? one : many;
  const forms = FORMS[words.language.split("-")[0]] ?? TWO_FORMS;
  const form = forms.indexOf(new Intl.PluralRules(words.language).select(count));
  return found[form === -1 ? found.length - 1 : form] || (count === 1 ? one : many);
}

/** A text with values in the place of `%(name)s`.
 * @param {string} text @param {Record<string, string | number>} values */
export function filled(text, values) {
  return text.replace(/%\((\w+)\)s/g, (all, name) => String(values[name] ?? all));
}

/** @param {string} text */
function lookUp(text) {
  return Object.hasOwn(words.catalog, text) ? words.catalog[text] : undefined;
}

const brought = globalThis.document?.getElementById("words")?.textContent;
if (brought) useCatalog(JSON.parse(brought));
