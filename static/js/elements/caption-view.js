// @ts-check
import { directionOf } from "../state/direction.js";
import { gapInWords } from "../state/words.js";

/** @typedef {import("../state/captions.js").Log} Log */
/** @typedef {import("../state/captions.js").Segment} Segment */

/**
 * Shows a log: finals in a live region, the words still being said below them, outside of it.
 *
 * It follows the newest caption while the reader is at the end. Who scrolls up stays there and is offered
 * the way back. What the server has already written inside (see `captions/_captions.html`) is kept.
 *
 * Property `log` (see state/captions.js); attributes `label`, `empty` (text while there is nothing).
 * Event `captions:earlier`, bubbling: the reader asks for older captions.
 */
export class CaptionView extends HTMLElement {
  /** How near to the end counts as at the end. */
  static nearPx = 48;

  /** @type {Log | null} */
  #log = null;
  /** @type {AbortController | null} */
  #stop = null;
  /** @type {ResizeObserver | null} */
  #sizes = null;
  #follows = true;
  #unread = 0;
  /** @type {Map<string, {segment: Segment | null, line: HTMLElement}>} */
  #lines = new Map();
  /** @type {readonly Segment[] | null} */
  #drawn = null;
  /** @type {Record<string, HTMLElement>} */
  #parts = {};

  get log() {
    return this.#log;
  }

  set log(log) {
    this.#log = log;
    if (this.#stop) this.#render();
  }

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#parts = this.#findParts();
    this.#adoptLines();
    const { scroll, latest, earlier, column } = this.#parts;
    scroll.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    latest.addEventListener("click", () => this.#toLatest(), { signal });
    earlier.addEventListener("click", () => this.#askEarlier(), { signal });
    this.#sizes = new ResizeObserver(() => this.#keepPlace());
    this.#sizes.observe(scroll);
    this.#sizes.observe(column);
    this.#render();
    this.#keepPlace();
  }

  disconnectedCallback() {
    this.#stop?.abort();
    this.#stop = null;
    this.#sizes?.disconnect();
  }

  /** The parts, made where the server has not written them. */
  #findParts() {
    const found = (/** @type {string} */ part) =>
      /** @type {HTMLElement | null} */ (this.querySelector(`[data-part="${part}"]`));
    const scroll = found("scroll") ?? element("div", "captions__scroll", "scroll");
    const column = found("column") ?? element("div", "captions__column", "column");
    const earlier = found("earlier") ?? button("Earlier captions", "captions__earlier", "earlier");
    const log = found("log") ?? element("div", "captions__log", "log");
    const interim = found("interim") ?? element("div", "captions__interim", "interim");
    const empty = found("empty") ?? element("p", "captions__empty", "empty");
    const latest = found("latest") ?? button("Latest ↓", "captions__latest", "latest");
    const label = this.getAttribute("label") ?? "Captions";
    attributes(scroll, { tabindex: "0", role: "region", "aria-label": label });
    attributes(log, { role: "log", "aria-live": "polite", "aria-label": label, "data-testid": "caption-log" });
    attributes(interim, { "aria-hidden": "true" });
    column.append(earlier, empty, log, interim);
    scroll.append(column);
    this.append(scroll, latest);
    return { scroll, column, earlier, empty, log, interim, latest };
  }

  /** Takes over the lines that the server has written, so that nobody hears them read a second time. */
  #adoptLines() {
    for (const line of /** @type {NodeListOf<HTMLElement>} */ (this.#parts.log.querySelectorAll("[data-segment-id]"))) {
      this.#lines.set(line.dataset.segmentId ?? "", { segment: null, line });
    }
  }

  #render() {
    const log = this.#log;
    if (!log || !this.#stop) return;
    const { earlier, empty } = this.#parts;
    this.#renderFinals(log);
    this.#renderInterims([...log.interims.values()]);
    earlier.hidden = !log.more;
    empty.hidden = log.segments.length > 0 || log.interims.size > 0;
    empty.textContent = this.getAttribute("empty") ?? "";
    this.#keepPlace();
    this.#offerLatest();
  }

  #renderFinals(/** @type {Log} */ log) {
    if (log.segments === this.#drawn) return;
    const { scroll, log: list } = this.#parts;
    const first = list.firstElementChild;
    const heightBefore = scroll.scrollHeight;
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
      const line = held?.line ?? document.createElement("p");
      if (!held) news += 1;
      if (held?.segment !== segment) fill(line, segment);
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
      const line = box.children[index] ?? box.appendChild(document.createElement("p"));
      attributes(line, {
        class: "caption caption--interim",
        "data-testid": "caption-interim",
        lang: interim.language,
        dir: directionOf(interim.language),
      });
      if (line.textContent !== interim.text) line.textContent = interim.text;
    });
  }

  #scrolled() {
    const { scroll } = this.#parts;
    const below = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;
    this.#follows = below < CaptionView.nearPx;
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
    const text = this.#unread > 0 ? `Latest ↓ (${this.#unread} new)` : "Latest ↓";
    if (latest.textContent !== text) latest.textContent = text;
  }

  #toLatest() {
    this.#follows = true;
    this.#unread = 0;
    this.#keepPlace();
    this.#offerLatest();
    this.#parts.scroll.focus({ preventScroll: true });
  }

  #askEarlier() {
    this.dispatchEvent(new CustomEvent("captions:earlier", { bubbles: true }));
  }
}

/** Writes a segment into its line, as text and nothing else.
 * @param {HTMLElement} line @param {Segment} segment */
function fill(line, segment) {
  const gap = segment.kind === "gap";
  attributes(line, {
    class: gap ? "caption caption--gap" : "caption",
    "data-testid": "caption-segment",
    "data-segment-id": segment.id,
    "data-revision": String(segment.revision),
    lang: gap ? "en" : segment.language,
    dir: gap ? "auto" : directionOf(segment.language),
  });
  const text = gap ? gapInWords(segment) : segment.text;
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text; // struck out in review
}

/** @param {Element} target @param {Record<string, string>} values */
function attributes(target, values) {
  for (const [name, value] of Object.entries(values)) {
    if (target.getAttribute(name) !== value) target.setAttribute(name, value);
  }
}

/** @param {string} tag @param {string} style @param {string} part */
function element(tag, style, part) {
  const made = document.createElement(tag);
  attributes(made, { class: style, "data-part": part });
  return made;
}

/** @param {string} text @param {string} style @param {string} part */
function button(text, style, part) {
  const made = element("button", `button ${style}`, part);
  attributes(made, { type: "button" });
  made.textContent = text;
  made.hidden = true;
  return made;
}
