// @ts-check
/** What the bytes of a speech are, by its media type: samples, or a file that only a browser can read. Pure. */
import { fromAlaw, fromMulaw } from "./g711.js";
import { fromBytes } from "./pcm.js";

/** Formats that are samples from the first byte on. @type {Map<string, (bytes: Uint8Array) => Int16Array>} */
const READERS = new Map([
  ["audio/pcm", fromBytes],
  ["audio/basic", fromMulaw],
  ["audio/x-alaw-basic", fromAlaw],
]);
const EXTENSIONS = new Map([
  ["audio/mpeg", "mp3"],
  ["audio/mp4", "m4a"],
  ["audio/vnd.wave", "wav"],
  ["audio/wav", "wav"],
  ["audio/wave", "wav"],
  ["audio/x-wav", "wav"],
]);

/** What makes samples of bytes as they come; `undefined` for a file. @param {string} mediaType */
export const readerOf = (mediaType) => READERS.get(plain(mediaType));

/** How the name of such a file ends. @param {string} mediaType */
export function extensionOf(mediaType) {
  const type = plain(mediaType);
  const own = /^audio\/(?:x-)?(\w+)$/.exec(type);
  return EXTENSIONS.get(type) ?? own?.[1] ?? "bin";
}

/** Without parameters. @param {string} mediaType */
const plain = (mediaType) => mediaType.split(";")[0].trim().toLowerCase();
