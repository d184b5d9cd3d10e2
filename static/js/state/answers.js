// @ts-check
/**
 * What is answered when somebody talks to the playground. Pure.
 *
 * No language model is asked anywhere: what was said is put into a sentence that the person has written. That is
 * done here and not on the server, for the sentence is the page's and nobody else need know it.
 */

/** Where what was said stands in the sentence. */
export const PLACE = "{text}";
/** An answer is heard out in a minute: who talks for longer without a pause hears the beginning. */
export const MOST_CHARACTERS = 800;

/**
 * @param {string} said
 * @param {string} sentence with `{text}` in it, or without: then it is said as it stands
 * @returns {string} empty where there is nothing to say
 */
export function answerTo(said, sentence) {
  const text = said.trim();
  const own = sentence.trim() || PLACE;
  return shortened(own.split(PLACE).join(text).replace(/\s+/g, " ").trim());
}

/** Cut between two words, where there are any. @param {string} text */
function shortened(text) {
  const letters = [...text];
  if (letters.length <= MOST_CHARACTERS) return text;
  const start = letters.slice(0, MOST_CHARACTERS - 1).join("");
  const end = start.lastIndexOf(" ");
  return `${end > start.length / 2 ? start.slice(0, end) : start}…`;
}
