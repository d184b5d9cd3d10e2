// @ts-check
import { Readings } from "../state/readings.js";
import { wavFile } from "../tts/pcm.js";
import { say } from "../view/dom.js";
import { keep, recall } from "../view/memory.js";
import { filled, gettext, ngettext } from "../words/gettext.js";
import { said } from "../words/said.js";

/** @typedef {import("../state/captions.js").Log} Log */

const CHOICE = "voxweb.listening";

/** Each finished caption read out to one reader, one after the other, in a voice that the room offers. */
export class ListenAlong {
  #button;
  #voice;
  #status;
  #path;
  #audio = new Audio();
  /** @type {Readings | null} */
  #readings = null;
  /** @type {Log | null} */
  #log = null;
  #isReading = false;
  #url = "";

  /** @param {HTMLElement} place holds a button, a choice of voices and a status @param {string} path of a reading,
   * its caption's id in the place of zeros */
  constructor(place, path) {
    const part = (/** @type {string} */ name) => /** @type {any} */ (place.querySelector(`[data-part=${name}]`));
    this.#button = /** @type {HTMLButtonElement} */ (part("listen"));
    this.#voice = /** @type {HTMLSelectElement} */ (part("listen-voice"));
    this.#status = /** @type {HTMLElement} */ (part("listen-state"));
    this.#path = path;
    this.#recall();
    this.#button.addEventListener("click", () => (this.#readings ? this.#stop() : this.#start()));
    this.#voice.addEventListener("change", () => keep("local", CHOICE, this.#voice.selectedOptions[0]?.text ?? ""));
    place.hidden = false;
  }

  /** What is shown now. @param {Log} log */
  take(log) {
    this.#log = log;
    if (!this.#readings) return;
    const before = this.#readings.skipped;
    this.#readings.take(log);
    const skipped = this.#readings.skipped - before;
    if (skipped) {
      const words = ngettext("%(count)s caption was left out, to keep up.", "%(count)s captions were left out, to keep up.", skipped);
      this.#tell(filled(words, { count: skipped }));
    }
    void this.#read();
  }

  #start() {
    this.#readings = new Readings(this.#log);
    this.#show(true);
    this.#tell(gettext("The next finished caption is read out."));
    // Within the click, so that the browser lets what comes later be heard.
    this.#play(new Blob([wavFile(new Int16Array(800), 8000)], { type: "audio/wav" })).catch(() => {});
  }

  /** The voice is chosen while it is heard: before, its place is the captions'. @param {boolean} isOn */
  #show(isOn) {
    this.#button.setAttribute("aria-pressed", `${isOn}`);
    this.#voice.hidden = !isOn || this.#voice.options.length < 2;
  }

  /** @param {string} [why] */
  #stop(why = "") {
    this.#readings = null;
    this.#show(false);
    this.#audio.pause();
    this.#tell(why);
  }

  async #read() {
    if (this.#isReading) return;
    this.#isReading = true;
    for (let id = this.#readings?.next(); id; id = this.#readings?.next()) {
      await this.#readOne(id).catch(() => this.#tell(gettext("The connection to this site was lost. Try again.")));
    }
    this.#isReading = false;
  }

  /** @param {string} id */
  async #readOne(id) {
    const path = this.#path.replace(/0{8}-[0-]+/, id);
    const answer = await fetch(`${path}?voice=${this.#voice.value}`);
    if (!answer.ok) {
      const error = await answer.json().catch(() => ({}));
      // What is over for today, or was turned off, does not come back by asking for each caption.
      if (["listening.off", "listening.used_up"].includes(error.code)) this.#stop(said(error));
      else this.#tell(said(error));
      return;
    }
    const blob = await answer.blob();
    if (!this.#readings) return;
    this.#tell("");
    try {
      await this.#play(blob);
    } catch {
      this.#stop(gettext("This browser plays nothing now. Press Listen along again."));
    }
  }

  /** Plays to its end, or until it is stopped. @param {Blob} blob */
  async #play(blob) {
    URL.revokeObjectURL(this.#url);
    this.#url = URL.createObjectURL(blob);
    this.#audio.src = this.#url;
    const over = new Promise((resolve, reject) => {
      this.#audio.onended = this.#audio.onpause = () => resolve(undefined);
      this.#audio.onerror = () => reject(new Error("not played"));
    });
    await this.#audio.play();
    await over;
  }

  #recall() {
    const kept = recall("local", CHOICE);
    const named = [...this.#voice.options].find(({ text }) => text === kept);
    if (named) this.#voice.value = named.value;
  }

  /** @param {string} words */
  #tell(words) {
    say(this.#status, words);
  }
}
