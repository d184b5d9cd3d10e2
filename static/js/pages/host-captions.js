// @ts-check
import { CaptionLog } from "../net/caption-log.js";

/**
 * The captions as the room sees them, out of what the host socket hands on.
 */
export class HostCaptions {
  #captions;
  #ask;

  /**
   * @param {import("../elements/caption-view.js").CaptionView} view
   * @param {string} segmentsPath
   * @param {(version: number) => void} ask for changes after a version
   */
  constructor(view, segmentsPath, ask) {
    this.#ask = ask;
    this.#captions = new CaptionLog(new URL(segmentsPath, location.href).href, ask);
    this.#captions.addEventListener("change", () => {
      view.log = this.log;
    });
    view.log = this.log;
    view.addEventListener("captions:earlier", () => void this.#captions.earlier());
  }

  get log() {
    return this.#captions.log;
  }

  /** Fetches what was missed; to be called when a connection stands. */
  catchUp() {
    this.#ask(this.log.version);
  }

  /** @param {any} event */
  take(event) {
    this.#captions.take(event);
  }
}
