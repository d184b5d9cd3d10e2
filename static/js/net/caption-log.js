// @ts-check
import { applyEvent, emptyLog } from "../state/captions.js";
import { backoff } from "./backoff.js";

/**
 * The captions of a room, kept whole: takes what comes over a socket, and gets what is missing, by a
 * message where that is enough, else page by page over HTTP.
 *
 * Event `change` whenever there is another `log` (see state/captions.js).
 */
export class CaptionLog extends EventTarget {
  /** A change that came before its turn is often followed by the missing one: ask only after a while. */
  static patienceMs = 1500;

  log = emptyLog();
  #segmentsUrl;
  #fetch;
  #ask;
  #delays = backoff();
  #filling = false;
  #paging = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #asking;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #stop = new AbortController();

  /**
   * @param {string} segmentsUrl absolute
   * @param {(version: number) => void} ask for all that changed after a version; the answer comes by `take`
   * @param {typeof globalThis.fetch} [fetch]
   */
  constructor(segmentsUrl, ask, fetch = (...request) => globalThis.fetch(...request)) {
    super();
    this.#segmentsUrl = segmentsUrl;
    this.#ask = ask;
    this.#fetch = fetch;
  }

  /** @param {any} event */
  take(event) {
    const before = this.log;
    this.log = applyEvent(before, event);
    if (this.log === before) return;
    this.dispatchEvent(new Event("change"));
    this.#catchUp();
  }

  /** Older captions than the log has. */
  async earlier() {
    const { oldest } = this.log;
    if (this.#paging || oldest === null) return;
    this.#paging = true;
    const page = await this.#page("before", oldest);
    this.#paging = false;
    if (page && this.log.oldest === oldest) this.take({ ...page, type: "earlier" });
  }

  /** Asks for nothing more, until something is taken again. */
  stop() {
    clearTimeout(this.#asking);
    clearTimeout(this.#retry);
    this.#asking = this.#retry = undefined;
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  #catchUp() {
    if (this.log.missed && !this.#retry) void this.#fill();
    if (!this.log.behind || this.#asking) return;
    this.#asking = setTimeout(() => {
      this.#asking = undefined;
      if (this.log.behind) this.#ask(this.log.version);
    }, CaptionLog.patienceMs);
  }

  /** Gets the pages between what was held and a refill that was too long for one message. */
  async #fill() {
    if (this.#filling) return;
    this.#filling = true;
    const { signal } = this.#stop;
    let { missed } = this.log;
    for (; missed && !signal.aborted; { missed } = this.log) {
      const { after } = missed;
      const page = await this.#page("after", after);
      const helps = page && !(page.more && page.version <= after);
      if (!helps) break;
      this.#delays = backoff();
      // What was asked for may no longer be what is missing.
      if (this.log.missed?.after === after) this.take({ ...page, type: "between" });
    }
    this.#filling = false;
    if (missed && !signal.aborted) this.#retryLater();
  }

  #retryLater() {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#fill();
    }, this.#delays.next().value);
  }

  /**
   * One page of the room's captions, `null` where it cannot be had now.
   * @param {"after" | "before"} side
   * @param {number} version
   */
  async #page(side, version) {
    const fetch = this.#fetch; // not as a method: browsers refuse that
    try {
      const answer = await fetch(`${this.#segmentsUrl}?${side}=${version}`, {
        headers: { Accept: "application/json" },
        signal: this.#stop.signal,
      });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }
}
