// @ts-check
import { initialDisplay, stylesOf } from "../state/display.js";
import { filled, gettext } from "../words/gettext.js";
import { captionLine, fillInterim, fillLine, wholeRows } from "./caption-line.js";
import { button, make, say, write } from "./dom.js";

/** @typedef {import("../state/captions.js").Log} Log */
/** @typedef {import("../state/captions.js").Segment} Segment */
/** @typedef {import("../state/display.js").Display} Display */

/**
 * Shows a log inside an element: finals in a log region, the words still being said below them, outside
 * of it and of what is read aloud.
 *
 * It follows the newest caption while the reader is at the end. Who scrolls up stays there and is offered
 * the way back. What the server has already written inside (see `captions/_captions.html`) is kept.
 *
 * `log` (see state/captions.js), `display` (see state/display.js) and `readsAloud` may be set at any time, and
 * `isStill`: nobody scrolls it, as over a picture.
 */
export class CaptionBox {
  /** How near to the end counts as at the end. */
  static nearPx = 48;

  #root;
  #label;
  #empty;
  #askEarlier;
  #stop = new AbortController();
  #sizes;
  /** @type {Log | null} */
  #log = null;
  /** @type {Readonly<Display>} */
  #display = initialDisplay;
  #follows = true;
  #unread = 0;
  /** @type {Map<string, {segment: Segment | null, line: HTMLElement}>} */
  #lines = new Map();
  /** @type {readonly Segment[] | null} */
  #drawn = null;
  #parts;

  /**
   * @param {HTMLElement} root
   * @param {object} words
   * @param {string} words.label what this is, to those who do not see it
   * @param {string} words.empty shown while there is nothing
   * @param {() => void} askEarlier the reader asks for older captions
   */
  constructor(root, { label, empty }, askEarlier) {
    this.#root = root;
    this.#label = label;
    this.#empty = empty;
    this.#askEarlier = askEarlier;
    this.#parts = this.#findParts();
    this.#adoptLines();
    const { scroll, column } = this.#parts;
    scroll.addEventListener("scroll", () => this.#scrolled(), { signal: this.#stop.signal, passive: true });
    this.#sizes = new ResizeObserver(() => this.#keepPlace());
    this.#sizes.observe(scroll);
    this.#sizes.observe(column);
    this.#keepPlace();
  }

  /** Lets go of the page. What is written stays. */
  end() {
    this.#stop.abort();
    this.#sizes.disconnect();
  }

  get log() {
    return this.#log;
  }

  set log(log) {
    this.#log = log;
    this.#render();
  }

  get display() {
    return this.#display;
  }

  set display(display) {
    this.#display = display;
    for (const [name, value] of Object.entries(stylesOf(display))) this.#root.style.setProperty(name, value);
    const { position, align, lines } = display;
    write(this.#root, { "data-position": position, "data-align": align, "data-lines": lines ? "some" : "all" });
    this.#render();
    this.#keepPlace();
  }

  get readsAloud() {
    return this.#parts.log.getAttribute("aria-live") === "polite";
  }

  set readsAloud(readsAloud) {
    write(this.#parts.log, { "aria-live": readsAloud ? "polite" : "off" });
  }

  set isStill(/** @type {boolean} */ isStill) {
    const { scroll } = this.#parts;
    if (isStill) scroll.removeAttribute("tabindex");
    else write(scroll, { tabindex: "0" });
    write(this.#root, { "data-still": String(isStill) });
  }

  toLatest() {
    this.#follows = true;
    this.#unread = 0;
    this.#keepPlace();
    this.#offerLatest();
  }

  /** For the keyboard: where the captions are scrolled. */
  focus() {
    this.#parts.scroll.focus({ preventScroll: true });
  }

  /** The parts, made where the server has not written them. */
  #findParts() {
    const root = this.#root;
    const found = (/** @type {string} */ part) =>
      /** @type {HTMLElement | null} */ (root.querySelector(`[data-part="${part}"]`));
    const part = (/** @type {string} */ name, /** @type {"div" | "p"} */ tag = "div") =>
      found(name) ?? make(tag, { class: `captions__${name}`, "data-part": name });
    const act = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ action) => {
      found(name)?.remove(); // of an earlier box on the same element
      const made = button(label, `button captions__${name}`, action);
      made.dataset.part = name;
      made.hidden = true;
      return made;
    };
    const parts = {
      scroll: part("scroll"),
      column: part("column"),
      earlier: act("earlier", gettext("Earlier captions"), () => this.#askEarlier()),
      empty: part("empty", "p"),
      log: part("log"),
      interim: part("interim"),
      latest: act("latest", gettext("Latest ↓"), () => {
        this.toLatest();
        this.focus();
      }),
    };
    const { scroll, column, earlier, empty, log, interim, latest } = parts;
    root.classList.add("captions");
    write(scroll, { tabindex: "0", role: "region", "aria-label": this.#label });
    write(log, { role: "log", "aria-relevant": "additions", "aria-label": this.#label, "data-testid": "caption-log" });
    if (!log.hasAttribute("aria-live")) write(log, { "aria-live": "off" });
    write(interim, { "aria-hidden": "true" });
    column.append(earlier, empty, log, interim);
    scroll.append(column);
    root.append(scroll, latest);
    return parts;
  }

  /** Takes over the lines that the server has written, so that nobody hears them read a second time. */
  #adoptLines() {
    for (const text of /** @type {NodeListOf<HTMLElement>} */ (this.#parts.log.querySelectorAll("[data-segment-id]"))) {
      const line = /** @type {HTMLElement} */ (text.parentElement);
      this.#lines.set(text.dataset.segmentId ?? "", { segment: null, line });
    }
  }

  #render() {
    const log = this.#log;
    if (!log) return;
    const { earlier, empty } = this.#parts;
    this.#renderFinals(log);
    this.#renderInterims(this.#display.interim ? [...log.interims.values()] : []);
    earlier.hidden = !log.more;
    empty.hidden = log.segments.length > 0 || log.interims.size > 0;
    say(empty, this.#empty);
    this.#keepPlace();
    this.#offerLatest();
  }

  #renderFinals(/** @type {Log} */ log) {
    if (log.segments === this.#drawn) return;
    const { scroll, log: list } = this.#parts;
    const first = list.firstElementChild;
    const heightBefore = this.#follows ? 0 : scroll.scrollHeight;
    const news = this.#drawLines(log.segments, list);
    const prepended = first !== null && first.isConnected && first !== list.firstElementChild;
    if (prepended && !this.#follows) scroll.scrollTop += scroll.scrollHeight - heightBefore;
    else if (this.#drawn && !this.#follows) this.#unread += news;
    this.#drawn = log.segments;
  }

  /** Puts each line where it belongs, touching only what changed; returns how many are new. */
  #drawLines(/** @type {readonly Segment[]} */ segments, /** @type {HTMLElement} */ list) {
    const before = this.#lines;
    const lines = new Map();
    let news = 0;
    /** @type {Element | null} */
    let at = list.firstElementChild;
    segments.forEach((segment, index) => {
      const held = before.get(segment.id);
      const line = held?.line ?? captionLine();
      if (!held) news += 1;
      if (held?.segment !== segment) fillLine(line, segment);
      line.classList.toggle("caption--session", index > 0 && segments[index - 1].session !== segment.session);
      lines.set(segment.id, { segment, line });
      if (line === at) at = at.nextElementSibling;
      else list.insertBefore(line, at);
    });
    while (at) {
      const next = at.nextElementSibling;
      at.remove();
      at = next;
    }
    this.#lines = lines;
    return news;
  }

  #renderInterims(/** @type {import("../state/captions.js").Interim[]} */ interims) {
    const { interim: box } = this.#parts;
    while (box.children.length > interims.length) box.lastElementChild?.remove();
    interims.forEach((interim, index) => {
      const line = /** @type {HTMLElement} */ (box.children[index] ?? box.appendChild(captionLine()));
      fillInterim(line, interim);
      if (this.#display.flow === "lines") wholeRows(line);
    });
  }

  #scrolled() {
    const { scroll } = this.#parts;
    const below = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;
    this.#follows = below < CaptionBox.nearPx;
    if (this.#follows) this.#unread = 0;
    this.#offerLatest();
  }

  #keepPlace() {
    const { scroll } = this.#parts;
    if (this.#follows) scroll.scrollTop = scroll.scrollHeight;
  }

  #offerLatest() {
    const { latest } = this.#parts;
    latest.hidden = this.#follows;
    const news = filled(gettext("Latest ↓ (%(count)s new)"), { count: this.#unread });
    say(latest, this.#unread > 0 ? news : gettext("Latest ↓"));
  }
}
