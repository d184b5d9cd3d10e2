// @ts-check
import { VoxCaptions } from "./vox-captions.js";

/**
 * Makes `<vox-captions>` known to a page, once; what is served as `/embed.js` calls this.
 *
 * @param {import("./vox-captions.js").Site} site where the captions come from
 */
export function define(site) {
  if (customElements.get("vox-captions")) return;
  VoxCaptions.site = site;
  VoxCaptions.sheet.replaceSync(site.css);
  customElements.define("vox-captions", VoxCaptions);
}
