// @ts-check
/**
 * Today's speech time in words. Pure. The server says the same before the page goes on the air
 * (captions/spending.py).
 */

const MINUTE_MS = 60_000;

/** @type {Record<string, string>} */
const LIMITS = {
  room: "this room",
  user: "one account",
  site: "the whole site",
};

/**
 * @typedef {object} Spend as the server tells it (docs/protocol.md)
 * @property {number} used_ms
 * @property {number | null} left_ms null where there is no limit
 * @property {string | null} limit room, user or site
 * @property {boolean} near whether most of it is used
 */

/**
 * What is used and left. Begun minutes are used, so both add up to the limit.
 * @param {Spend} spend
 * @returns {{ text: string, near: boolean }}
 */
export function spendInWords({ used_ms, left_ms, limit, near }) {
  // At the end the seconds beyond the limit make no minute.
  const minutes = left_ms === 0 ? Math.max(1, Math.floor(used_ms / MINUTE_MS)) : Math.ceil(used_ms / MINUTE_MS);
  const used = `${minutes} min used today`;
  if (left_ms === null || limit === null) return { text: used, near: false };
  return { text: `${used}, ${leftInWords(left_ms, near)} left (limit of ${LIMITS[limit] ?? limit})`, near };
}

/** @param {number} ms @param {boolean} near */
function leftInWords(ms, near) {
  if (ms <= 0) return "nothing";
  const minutes = Math.floor(ms / MINUTE_MS);
  if (!minutes) return "less than a minute";
  return `${near ? "only " : ""}${minutes} min`;
}
