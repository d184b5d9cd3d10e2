// @ts-check
/** Words of the interface in the reader's language; English where there are none. */

/** @param {string} text */
export function gettext(text) {
  return text;
}

/** A text with values in the place of `%(name)s`.
 * @param {string} text @param {Record<string, string | number>} values */
export function filled(text, values) {
  return text.replace(/%\((\w+)\)s/g, (all, name) => String(values[name] ?? all));
}
