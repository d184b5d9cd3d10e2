// @ts-check
import { levelOf, toDbfs, wordFor } from "../audio/level.js";
import { RATE_HZ, toFloats } from "../audio/pcm16.js";
import { soundCheckInWords } from "../state/host-words.js";
import { gettext } from "../words/gettext.js";

/**
 * Records three seconds and plays them back, just as the room's captions would hear them.
 *
 * Around a button `[data-part=record]`, a button `[data-part=again]` to hear it once more, a progress
 * bar `[data-part=progress]` and a place for words `[data-part=words]` (role status).
 * Property `record`: `(ms, progress) => Promise<Int16Array>`, given by the page; what it throws is
 * handed to property `explain`, which returns words.
 */
export class SoundCheck extends HTMLElement {
  static recordMs = 3000;

  /** @type {(ms: number, progress: (share: number) => void) => Promise<Int16Array>} */
  record = () => Promise.reject(new Error("no recorder"));
  /** @type {(error: unknown) => string} */
  explain = String;
  /** @type {AbortController | null} */
  #stop = null;
  /** @type {Int16Array | null} */
  #recording = null;
  /** @type {AudioContext | null} */
  #context = null;
  #off = false;

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#part("record").addEventListener("click", () => void this.#check(), { signal });
    this.#part("again").addEventListener("click", () => void this.#play(), { signal });
  }

  disconnectedCallback() {
    this.#stop?.abort();
    this.quiet();
  }

  /** Whether it may be used now. */
  set disabled(/** @type {boolean} */ disabled) {
    this.#off = disabled;
    for (const name of ["record", "again"]) /** @type {HTMLButtonElement} */ (this.#part(name)).disabled = disabled;
    if (disabled) this.quiet();
  }

  /** Stops playing. */
  quiet() {
    void this.#context?.close();
    this.#context = null;
  }

  /** @param {string} name */
  #part(name) {
    return /** @type {HTMLElement} */ (this.querySelector(`[data-part="${name}"]`));
  }

  async #check() {
    const button = /** @type {HTMLButtonElement} */ (this.#part("record"));
    const progress = /** @type {HTMLProgressElement} */ (this.#part("progress"));
    this.quiet();
    button.setAttribute("aria-disabled", "true"); // stays focusable
    if (this.dataset.busy) return;
    this.dataset.busy = "true";
    progress.hidden = false;
    progress.value = 0;
    this.#say(gettext("Say a sentence as you will say it later …"), "quiet");
    try {
      this.#recording = await this.record(SoundCheck.recordMs, (share) => {
        progress.value = share;
      });
      await this.#judge(this.#recording);
    } catch (error) {
      this.#say(this.explain(error), "error");
    } finally {
      delete this.dataset.busy;
      progress.hidden = true;
      button.removeAttribute("aria-disabled");
    }
  }

  /** @param {Int16Array} recording */
  async #judge(recording) {
    const word = wordFor(toDbfs(levelOf(toFloats(recording)).peak));
    const { text, tone } = soundCheckInWords(word);
    this.#part("again").hidden = word === "no sound";
    if (word === "no sound") return this.#say(text, tone);
    this.#say(`${text} ${gettext("This is how you sound:")}`, tone);
    return this.#play();
  }

  async #play() {
    if (!this.#recording || this.#off) return; // never into an open microphone
    this.quiet();
    const context = new AudioContext();
    this.#context = context;
    const buffer = context.createBuffer(1, this.#recording.length, RATE_HZ);
    buffer.copyToChannel(toFloats(this.#recording), 0);
    const node = new AudioBufferSourceNode(context, { buffer });
    node.connect(context.destination);
    node.addEventListener("ended", () => context === this.#context && this.quiet());
    node.start();
  }

  /** @param {string} text @param {string} tone */
  #say(text, tone) {
    const words = this.#part("words");
    words.textContent = text;
    words.dataset.tone = tone;
  }
}
