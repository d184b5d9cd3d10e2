// @ts-check
/** Messages of the room socket, in and out. Pure. */
import { gettext, gettextNoop } from "../words/gettext.js";

/** What the server sent, or `null` where it is no message of ours.
 * @param {unknown} data @returns {{type: string, [key: string]: any} | null} */
export function decode(data) {
  if (typeof data !== "string") return null;
  try {
    const message = JSON.parse(data);
    return typeof message?.type === "string" ? message : null;
  } catch {
    return null;
  }
}

/** Asks for all that changed after a version. @param {number} version */
export const since = (version) => JSON.stringify({ type: "since", version });

/** Close codes that say no for good: another attempt would be refused again. */
const REFUSALS = new Set([4400, 4401, 4403, 4404, 4410]);

/** @param {number} closeCode */
export const isRefusal = (closeCode) => REFUSALS.has(closeCode);

/** Whether a refusal may lift: the room's owner can open it again, or allow a site to show its captions.
 * @param {number} closeCode @param {string} errorCode empty where no error came before the close */
export const mayLift = (closeCode, errorCode) =>
  (closeCode === 4410 && (!errorCode || errorCode === "room.closed")) || errorCode === "embed.refused";

/** Close codes of a server that stops or fails; they come to all its readers in the same moment. */
const FOR_ALL = new Set([1001, 1012, 1013, 4000, 4503]);

/** @param {number} closeCode */
export const isForAll = (closeCode) => FOR_ALL.has(closeCode);

/** Words for a refusal that came without any. @param {number} closeCode */
export function refusalInWords(closeCode) {
  return gettext(WORDS.get(closeCode) ?? gettextNoop("The server refused to show these captions."));
}

const WORDS = new Map([
  [4401, gettextNoop("Sign in to read this room.")],
  [4403, gettextNoop("This room is for its members only.")],
  [4404, gettextNoop("There is no such room.")],
  [4410, gettextNoop("This room is closed.")],
]);

/** The address of a socket with the version to go on from.
 * @param {string} url @param {number} version 0 where nothing is held yet @param {string} base */
export function withAfter(url, version, base) {
  const address = new URL(url, base);
  address.protocol = address.protocol.replace(/^http/, "ws");
  if (version > 0) address.searchParams.set("after", String(version));
  return address.href;
}
