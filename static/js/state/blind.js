// @ts-check
/** Which of several is which, for ears that must not know. Pure but for the dice. */

/** Another order of the same things, each order as likely as any. @template T @param {T[]} things
 * @param {() => number} dice from 0 to below 1 @returns {T[]} */
export function shuffled(things, dice = Math.random) {
  const order = [...things];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(dice() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** What a voice is called while nobody may know it. @param {number} place from 0 */
export const letter = (place) => String.fromCharCode(65 + place);
