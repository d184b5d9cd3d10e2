// @ts-check
import { filled, gettext } from "../words/gettext.js";
import { write } from "./dom.js";

const STEP_MS = 1000;

/**
 * Lets somebody choose a place in a sound, on an element that shows it from left to right: a slider, as long as
 * there is sound. A place is only looked for while a button or key is down; played from when it is let go.
 *
 * Events: `preview` (`wantedMs` is another), `seek` (detail: ms).
 */
export class SeekBar extends EventTarget {
  /** The place that is looked for now. @type {number | null} */
  wantedMs = null;
  #element;
  #label;
  #playedMs = 0;
  #lengthMs = 0;

  /** @param {HTMLElement} element an image until there is sound */
  constructor(element) {
    super();
    this.#element = element;
    this.#label = element.getAttribute("aria-label") ?? "";
    element.addEventListener("pointerdown", (event) => this.#grasp(event));
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) this.#want(this.#placeOf(event));
    });
    element.addEventListener("pointerup", () => this.#go());
    element.addEventListener("pointercancel", () => this.#forget());
    element.addEventListener("keydown", (event) => this.#press(event));
    element.addEventListener("keyup", () => this.#go());
    element.addEventListener("blur", () => this.#go());
  }

  /** @param {{playedMs: number, lengthMs: number, isPlaying: boolean}} sound */
  show({ playedMs, lengthMs, isPlaying }) {
    this.#playedMs = playedMs;
    this.#lengthMs = lengthMs;
    if (!lengthMs) return this.#rest();
    write(this.#element, { role: "slider", tabindex: "0", "aria-label": gettext("Place to play from"), "aria-valuemin": "0" });
    // A screen reader says each new value of what has the focus: over the speech, if it were to follow it.
    const isRead = isPlaying && this.#element.matches(":focus") && this.#element.hasAttribute("aria-valuenow");
    if (this.wantedMs === null && !isRead) this.#tell(playedMs);
  }

  #rest() {
    this.wantedMs = null;
    write(this.#element, { role: "img", "aria-label": this.#label });
    for (const name of ["tabindex", "aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext"]) this.#element.removeAttribute(name);
  }

  /** @param {number} ms */
  #tell(ms) {
    const [at, length] = [ms, this.#lengthMs].map((each) => (each / 1000).toFixed(1));
    const words = filled(gettext("%(at)s of %(length)s seconds"), { at, length });
    write(this.#element, { "aria-valuemax": length, "aria-valuenow": at, "aria-valuetext": words });
  }

  /** @param {PointerEvent} event */
  #grasp(event) {
    if (!this.#lengthMs || event.button !== 0 || !event.isPrimary) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#want(this.#placeOf(event));
  }

  /** @param {PointerEvent} event */
  #placeOf({ clientX }) {
    const { left, width } = this.#element.getBoundingClientRect();
    return ((clientX - left) / width) * this.#lengthMs;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#lengthMs || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.wantedMs ?? this.#playedMs;
    const [back, on] = [at - STEP_MS, at + STEP_MS];
    const to = { ArrowLeft: back, ArrowDown: back, ArrowRight: on, ArrowUp: on, Home: 0, End: this.#lengthMs }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#want(to);
  }

  /** @param {number} ms */
  #want(ms) {
    this.wantedMs = Math.min(this.#lengthMs, Math.max(0, ms));
    this.#tell(this.wantedMs);
    this.dispatchEvent(new Event("preview"));
  }

  #go() {
    const ms = this.wantedMs;
    if (ms === null) return;
    this.wantedMs = null;
    this.#playedMs = ms;
    this.dispatchEvent(new CustomEvent("seek", { detail: ms }));
  }

  #forget() {
    if (this.wantedMs === null) return;
    this.wantedMs = null;
    this.#tell(this.#playedMs);
    this.dispatchEvent(new Event("preview"));
  }
}
