// @ts-check
import { CaptionView } from "./caption-view.js";
import { CopyButton } from "./copy-button.js";

/** The only place that names elements; a page may load it twice.
 * @param {Record<string, CustomElementConstructor>} elements */
export function define(elements) {
  for (const [name, element] of Object.entries(elements)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
}

define({ "caption-view": CaptionView, "copy-button": CopyButton });
