// @ts-check
import { applyEvent, emptyLog } from "../state/captions.js";

/** A change that came before its turn is often followed by the missing one: ask only after a while. */
const PATIENCE_MS = 1500;

/**
 * The captions as the room sees them, out of what the host socket hands on.
 */
export class HostCaptions {
  log = emptyLog();
  #view;
  #segmentsPath;
  #ask;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #asking;
  #fetching = false;

  /**
   * @param {import("../elements/caption-view.js").CaptionView} view
   * @param {string} segmentsPath
   * @param {(version: number) => void} ask for changes after a version
   */
  constructor(view, segmentsPath, ask) {
    this.#view = view;
    this.#segmentsPath = segmentsPath;
    this.#ask = ask;
    view.log = this.log;
    view.addEventListener("captions:earlier", () => void this.#earlier());
  }

  /** Fetches what was missed; to be called when a connection stands. */
  catchUp() {
    this.#ask(this.log.version);
  }

  /** @param {any} event */
  take(event) {
    this.log = applyEvent(this.log, event);
    this.#view.log = this.log;
    if (this.log.missed) void this.#fill();
    if (!this.log.behind || this.#asking) return;
    this.#asking = setTimeout(() => {
      this.#asking = undefined;
      if (this.log.behind) this.catchUp();
    }, PATIENCE_MS);
  }

  /** Pages between what was held and a refill that was too long for one message. */
  async #fill() {
    const { missed } = this.log;
    const page = missed && (await this.#page("after", missed.after));
    if (!page) return;
    const reached = page.more ? page.version : missed.before;
    this.log = { ...this.log, missed: reached < missed.before ? { after: reached, before: missed.before } : null };
    this.take({ type: "earlier", segments: page.segments, more: this.log.more });
  }

  async #earlier() {
    if (this.log.oldest === null) return;
    const page = await this.#page("before", this.log.oldest);
    if (page) this.take({ ...page, type: "earlier" });
  }

  /**
   * @param {"after" | "before"} side
   * @param {number} version
   */
  async #page(side, version) {
    if (this.#fetching) return null;
    this.#fetching = true;
    try {
      const answer = await fetch(`${this.#segmentsPath}?${side}=${version}`, { headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    } finally {
      this.#fetching = false;
    }
  }
}
