// @ts-check
import { silenceInWords } from "../state/silence-words.js";
import { SpeechSocket } from "../tts/speech-socket.js";
import { gettext } from "../words/gettext.js";
import { said } from "../words/said.js";
import { SpeechSound } from "./speech-sound.js";

/** @typedef {{ how: "done" | "stopped" | "failed", message: string }} Ending */

/** Kept among nobody's tries, and told without its wire: it is heard once. */
const ONCE = { keep: false, trace: false };

/** Has texts spoken and plays them as they come, each once. */
export class Speaker {
  #socket;
  #worklet;
  /** @type {Map<number, Speaking>} */
  #speaking = new Map();

  /** @param {string} socketPath @param {string} workletUrl */
  constructor(socketPath, workletUrl) {
    this.#socket = new SpeechSocket(socketPath);
    this.#worklet = workletUrl;
    this.#on("format", ({ sound }, { media_type: mediaType, rate_hz: rateHz }) => sound.begin(mediaType, rateHz));
    this.#on("audio", ({ sound }, { bytes }) => sound.push(bytes));
    this.#on("done", ({ sound }) => sound.end());
    this.#on("stopped", (speaking) => speaking.end("stopped"));
    this.#on("error", (speaking, error) => speaking.end("failed", said(error)));
    this.#socket.addEventListener("lost", () => {
      const message = gettext("The connection to this site was lost. Try again.");
      for (const speaking of this.#speaking.values()) speaking.end("failed", message);
    });
  }

  /** @param {{ text: string, [setting: string]: any }} speech */
  speak(speech) {
    const id = this.#socket.speak(asSamples(speech), ONCE);
    const speaking = new Speaking(new SpeechSound(this.#worklet), () => this.#socket.stop(id));
    this.#speaking.set(id, speaking);
    void speaking.ended.then(() => this.#speaking.delete(id));
    return speaking;
  }

  /** @param {string} type @param {(speaking: Speaking, detail: any) => void} act */
  #on(type, act) {
    this.#socket.addEventListener(type, (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      // What is said of no speech is said of the socket, and so of all.
      const named = detail.id === undefined ? [...this.#speaking.values()] : [this.#speaking.get(detail.id)];
      for (const speaking of named) if (speaking) act(speaking, detail);
    });
  }
}

/** One text that is being spoken. Event `sounding`: its first sound is played. `ended` never rejects. */
export class Speaking extends EventTarget {
  /** @type {Promise<Ending>} */
  ended;
  #letGo;
  #isOver = false;
  /** @type {(ending: Ending) => void} */
  #settle = () => {};

  /** @param {SpeechSound} sound @param {() => void} letGo of what makes it */
  constructor(sound, letGo) {
    super();
    this.sound = sound;
    this.#letGo = letGo;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    sound.addEventListener("first", () => this.dispatchEvent(new Event("sounding")));
    sound.addEventListener("ended", () => this.end("done"));
    sound.addEventListener("silent", (event) => {
      const mayHelp = /** @type {CustomEvent} */ (event).detail;
      this.end("failed", silenceInWords({ mayHelp, isFile: sound.isFile }));
    });
  }

  /** Silence at once, and nothing more is made. */
  stop() {
    this.end("stopped");
  }

  /** @param {Ending["how"]} how @param {string} [message] */
  end(how, message = "") {
    if (this.#isOver) return;
    this.#isOver = true;
    this.sound.stop();
    if (how !== "done") this.#letGo();
    this.#settle({ how, message });
  }
}

/** In the provider's usual format, which comes as samples where it can: a file is heard only when it is whole. @param {any} speech */
function asSamples({ options = {}, ...speech }) {
  const { format: _, container: __, ...rest } = options;
  return { ...speech, options: rest };
}
