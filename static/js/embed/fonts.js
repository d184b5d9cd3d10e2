// @ts-check
/** Fonts that a reader may choose; a page that embeds captions loads one when somebody does. */

/** @typedef {{family: string, files: {url: string, weight: string, range?: string}[]}} Font */

/** Fonts that we bring; all others are the reader's own. */
const OURS = new Set(["atkinson", "opendyslexic"]);
const loaded = new Set();

/**
 * @param {string} name a value of the setting
 * @param {{base: string, settings: () => Promise<{fonts: Record<string, Font>}>}} site
 */
export async function load(name, { base, settings }) {
  if (!OURS.has(name) || loaded.has(name)) return;
  loaded.add(name);
  try {
    const { fonts } = await settings();
    for (const face of facesOf(fonts[name], base)) document.fonts.add(face);
  } catch {
    loaded.delete(name); // captions stand in another font until it can be had
  }
}

/** @param {Font} font @param {string} base */
const facesOf = (font, base) =>
  font.files.map(({ url, weight, range }) => {
    const more = range ? { unicodeRange: range } : {};
    return new FontFace(font.family, `url("${new URL(url, base).href}")`, { weight, display: "swap", ...more });
  });
