// @ts-check
/** Languages and scripts written from right to left (BCP 47 subtags). */
const RIGHT_TO_LEFT = new Set([
  ..."ar arc ckb dv fa he iw ji ks ps sd syr ug ur yi".split(" "),
  ..."adlm arab hebr mand mend nkoo rohg samr syrc thaa".split(" "),
]);

/**
 * Value of `dir` for a text in a language: `rtl` where the language is written so, else `auto`, for a
 * speaker may say a sentence in another language.
 *
 * @param {string | undefined} language
 */
export function directionOf(language) {
  const [primary, ...rest] = (language ?? "").toLowerCase().split("-");
  const script = rest.find((part) => /^[a-z]{4}$/.test(part));
  return RIGHT_TO_LEFT.has(script ?? primary) ? "rtl" : "auto";
}
