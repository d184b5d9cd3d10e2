// @ts-check
/**
 * Today's speech time in words. Pure. The server says the same before the page goes on the air
 * (captions/spending.py).
 */

import { filled, gettext, gettextNoop } from "../words/gettext.js";

const MINUTE_MS = 60_000;

/** @type {Record<string, string>} */
const LIMIT_OF = {
  room: gettextNoop("limit of this room"),
  user: gettextNoop("limit of one account"),
  site: gettextNoop("limit of the whole site"),
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
  const used = filled(gettext("%(used)s min used today"), { used: minutes });
  if (left_ms === null || limit === null) return { text: used, near: false };
  const values = { used, left: Math.floor(left_ms / MINUTE_MS), limit: gettext(LIMIT_OF[limit] ?? limit) };
  return { text: filled(leftInWords(left_ms, near), values), near };
}

/** @param {number} ms @param {boolean} near */
function leftInWords(ms, near) {
  if (ms <= 0) return gettext("%(used)s, nothing left (%(limit)s)");
  if (ms < MINUTE_MS) return gettext("%(used)s, less than a minute left (%(limit)s)");
  return near ? gettext("%(used)s, only %(left)s min left (%(limit)s)") : gettext("%(used)s, %(left)s min left (%(limit)s)");
}
