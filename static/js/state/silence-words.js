// @ts-check
import { gettext } from "../words/gettext.js";

/** Why a speech is not heard. @param {{mayHelp: boolean, isFile: boolean}} silence whether a click would help, and
 * whether it came as a file */
export function silenceInWords({ mayHelp, isFile }) {
  if (mayHelp) return gettext("The browser plays no sound before a click on the page.");
  return isFile
    ? gettext("This voice gives a file, which cannot be played here. Choose another format on the playground.")
    : gettext("This browser cannot play speech as it is made.");
}
