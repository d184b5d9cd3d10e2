// @ts-check
import { gettext } from "../words/gettext.js";

/** What a form of this page would send along, so that the server knows the request for one of ours. */
const token = () => /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"))?.value ?? "";

/** Sends JSON to this site. @param {string} url @param {object} body
 * @returns {Promise<{ok: boolean, body: any}>} never rejects: what went wrong is an error like the server's */
export async function post(url, body) {
  const lost = { message: gettext("The connection to this site was lost. Try again.") };
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify(body),
    });
    return { ok: answer.ok, body: await answer.json().catch(() => lost) };
  } catch {
    return { ok: false, body: lost };
  }
}
