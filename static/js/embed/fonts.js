// @ts-check
/** Fonts that a reader may choose; a page that embeds captions loads one when somebody does. */

/** @typedef {{family: string, files: {url: string, weight: string, range?: string}[]}} Font */

const loaded = new Set();

/** @param {Font | undefined} font @param {string} base */
export function load(font, base) {
  if (!font || loaded.has(font.family)) return;
  loaded.add(font.family);
  for (const { url, weight, range } of font.files) {
    const face = new FontFace(font.family, `url("${new URL(url, base).href}")`, {
      weight,
      display: "swap",
      ...(range ? { unicodeRange: range } : {}),
    });
    document.fonts.add(face);
  }
}
