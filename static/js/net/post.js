// @ts-check
import { gettext } from "../words/gettext.js";

/** What a form of this page would send along, so that the server knows the request for one of ours. */
const token = () => /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"))?.value ?? "";

/** Sends JSON to this site. @param {string} url @param {object} body */
export const post = (url, body) => sent(url, JSON.stringify(body), { "Content-Type": "application/json" });

/** Sends the fields of a form to this site. @param {string} url @param {Record<string, string>} fields */
export const postForm = (url, fields) => sent(url, new URLSearchParams(fields), {});

/** @param {string} url @param {BodyInit} body @param {Record<string, string>} headers
 * @returns {Promise<{ok: boolean, body: any}>} never rejects: what went wrong is an error like the server's */
async function sent(url, body, headers) {
  const lost = { message: gettext("The connection to this site was lost. Try again.") };
  try {
    const answer = await fetch(url, { method: "POST", headers: { ...headers, "X-CSRFToken": token() }, body });
    return { ok: answer.ok, body: await answer.json().catch(() => lost) };
  } catch {
    return { ok: false, body: lost };
  }
}
