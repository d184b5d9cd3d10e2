// @ts-check
/** A text without its tags of SSML, as the server tells it while it is spoken. */

/** @param {string} text @returns {string} as it is, where it is no SSML */
export function withoutTags(text) {
  const whole = /^\s*<speak[\s>]/.test(text) ? text : `<speak>${text}</speak>`;
  const found = new DOMParser().parseFromString(whole, "application/xml");
  return found.querySelector("parsererror") ? text : (found.documentElement.textContent ?? text);
}
