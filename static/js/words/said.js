// @ts-check
import { filled, gettext } from "./gettext.js";

/**
 * What an error of the server says, in the reader's language: the server itself says everything in English.
 *
 * @param {{ message?: string, template?: string, values?: Record<string, string | number> }} error `template` is
 * what the catalog has, where that is not the whole message
 */
export function said({ message = "", template = "", values }) {
  if (!template) return gettext(String(message));
  if (values) return filled(gettext(template), values);
  // What follows is the speech service's own.
  return String(message).replace(template, () => gettext(template));
}
