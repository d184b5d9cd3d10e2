// @ts-check
import { displayFrom, SETTINGS, written } from "../state/display.js";

/** Captions in a frame: the settings of the address become the element's attributes, parsed and clamped. */

const captions = /** @type {HTMLElement} */ (document.querySelector("vox-captions"));
const parameters = new URLSearchParams(location.search);
const display = displayFrom(parameters);
for (const name of Object.keys(SETTINGS)) {
  if (parameters.has(name)) captions.setAttribute(name, written(display[name]));
}
if (parameters.get("chrome") === "off") captions.setAttribute("chrome", "off");
// The element comes as it comes to every other site.
await import("/embed.js");
