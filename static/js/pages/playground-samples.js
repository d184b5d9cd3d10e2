// @ts-check
import { make } from "../view/dom.js";
import { keep, recall } from "../view/memory.js";
import { filled, gettext } from "../words/gettext.js";

/** @typedef {import("../tts/voices.js").Voice} Voice */

/** How long a voice is pointed at until it is heard: passing over a list is no wish to hear all of it. */
const WISHED_AFTER_MS = 400;
const KEY = "voxweb.sampling";

/** Voices heard before one is chosen: by a button, and where somebody wishes so by pointing or focus alone. */
export class VoiceSamples {
  #audio = new Audio();
  #switch;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #wishing;

  /** @param {HTMLInputElement} wishes whether pointing is enough. Off at first: sound over a screen reader's own
   * would hide what it says */
  constructor(wishes) {
    this.#switch = wishes;
    wishes.checked = recall("local", KEY) === true;
    wishes.addEventListener("change", () => keep("local", KEY, wishes.checked));
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.#stop());
  }

  /** @param {string} provider @param {Voice} voice */
  button(provider, voice) {
    const made = make("button", { type: "button", class: "text-button" }, "▶");
    made.setAttribute("aria-label", filled(gettext("Hear %(name)s"), { name: voice.name }));
    made.addEventListener("click", () => this.#play(provider, voice));
    return made;
  }

  /** Plays while a row is pointed at or has the focus. @param {HTMLElement} row @param {string} provider @param {Voice} voice */
  follow(row, provider, voice) {
    const wish = () => {
      clearTimeout(this.#wishing);
      if (this.#switch.checked) this.#wishing = setTimeout(() => this.#play(provider, voice), WISHED_AFTER_MS);
    };
    const leave = () => {
      clearTimeout(this.#wishing);
      if (this.#switch.checked) this.#stop();
    };
    row.addEventListener("pointerenter", wish);
    row.addEventListener("focusin", wish);
    row.addEventListener("pointerleave", leave);
    row.addEventListener("focusout", leave);
  }

  /** @param {string} provider @param {Voice} voice */
  #play(provider, voice) {
    const language = voice.locales[0] ?? "";
    const path = `sample/${encodeURIComponent(provider)}/${encodeURIComponent(voice.id)}.wav`;
    this.#audio.src = `${path}?language=${encodeURIComponent(language)}`;
    // A browser that wants a click first, or a sample that cannot be had: nothing is heard, and Speak says why.
    this.#audio.play().catch(() => {});
  }

  #stop() {
    this.#audio.pause();
  }
}
