// @ts-check
/**
 * What a page remembers on the device, as JSON.
 *
 * Storage may be switched off or full, and may hold what another time has written: then nothing is remembered,
 * and what was chosen holds until the page is left.
 */

/** @typedef {"local" | "session"} Place for the browser, or for the tab */

/** @param {Place} place @param {string} key @returns {any} whatever is there; null where that is nothing */
export function recall(place, key) {
  try {
    return JSON.parse(storageOf(place).getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Place} place @param {string} key @param {unknown} value null forgets it */
export function keep(place, key, value) {
  try {
    if (value === null) storageOf(place).removeItem(key);
    else storageOf(place).setItem(key, JSON.stringify(value));
  } catch {
    // Nothing to do: see above.
  }
}

/** Asked for each time: where storage is switched off, to name it is an error. @param {Place} place */
const storageOf = (place) => (place === "local" ? localStorage : sessionStorage);
