// @ts-check
import { gettext } from "../words/gettext.js";
import { CaptionBox } from "./caption-box.js";
import { make } from "./dom.js";

/** Whether this browser has windows that stay above all others. */
export const hasLittleWindow = () => "documentPictureInPicture" in globalThis;

/**
 * Captions in a small window that stays above all others (Picture-in-Picture of a document).
 *
 * Show it what the page shows: `log` and `display`.
 */
export class LittleWindow {
  /** @type {CaptionBox | null} */
  #box = null;
  /** @type {Window | null} */
  #window = null;

  get isOpen() {
    return this.#window !== null;
  }

  set log(/** @type {import("../state/captions.js").Log | null} */ log) {
    if (this.#box) this.#box.log = log;
  }

  set display(/** @type {Readonly<import("../state/display.js").Display>} */ display) {
    if (this.#box) this.#box.display = display;
    if (this.#window) dress(this.#window.document);
  }

  /** Opens it, or closes the one there is. Only a click or a key of the reader's may. */
  async toggle() {
    if (this.#window) return this.#window.close();
    const { documentPictureInPicture } = /** @type {any} */ (globalThis);
    /** @type {Window} */
    const opened = await documentPictureInPicture.requestWindow({ width: 640, height: 220 });
    this.#window = opened;
    dress(opened.document);
    const place = opened.document.body.appendChild(opened.document.adoptNode(make("div", { class: "little" })));
    this.#box = new CaptionBox(place, { label: gettext("Captions"), empty: gettext("Captions appear here when somebody speaks.") }, () => {});
    opened.addEventListener("pagehide", () => this.#closed(), { once: true });
  }

  #closed() {
    this.#box?.end();
    this.#box = this.#window = null;
  }
}

/** The page's own style sheets, language and theme. @param {Document} other */
function dress(other) {
  const { lang, dir, dataset } = document.documentElement;
  Object.assign(other.documentElement, { lang, dir });
  if (dataset.theme) other.documentElement.dataset.theme = dataset.theme;
  else delete other.documentElement.dataset.theme;
  if (other.head.childElementCount > 0) return;
  other.title = document.title;
  other.body.className = "little-window";
  for (const { href } of /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll("link[rel=stylesheet]"))) {
    other.head.append(other.adoptNode(make("link", { rel: "stylesheet", href })));
  }
}
