// @ts-check
import { fromBytes } from "../tts/pcm.js";
import { SpeechSocket } from "../tts/speech-socket.js";
import { gettext } from "../words/gettext.js";
import { said } from "../words/said.js";
import { Player } from "./player.js";

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
    this.#on("format", (speaking, { media_type: media, rate_hz: rateHz }) => speaking.begin(media, rateHz));
    this.#on("audio", (speaking, { bytes }) => speaking.push(bytes));
    this.#on("done", (speaking) => speaking.whole());
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
    const speaking = new Speaking(this.#worklet, () => this.#socket.stop(id));
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
  #worklet;
  #letGo;
  #over = false;
  /** @type {Int16Array[]} */
  #waiting = [];
  /** @type {Player | null} */
  #player = null;
  #isWhole = false;
  #sounded = false;
  /** @type {(ending: Ending) => void} */
  #settle = () => {};

  /** @param {string} workletUrl @param {() => void} letGo of what makes it */
  constructor(workletUrl, letGo) {
    super();
    this.#worklet = workletUrl;
    this.#letGo = letGo;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Silence at once, and nothing more is made. */
  stop() {
    this.end("stopped");
  }

  /** @param {string} media @param {number} rateHz */
  begin(media, rateHz) {
    if (media === "audio/pcm") void this.#open(rateHz);
    else this.end("failed", gettext("This voice gives a file, which cannot be played here. Choose another format on the playground."));
  }

  /** @param {Uint8Array} bytes */
  push(bytes) {
    const samples = fromBytes(bytes);
    if (this.#player) this.#player.push(samples);
    else this.#waiting.push(samples);
  }

  /** Nothing more comes; what is here is played to its end. */
  whole() {
    this.#isWhole = true;
    this.#player?.end();
  }

  /** @param {Ending["how"]} how @param {string} [message] */
  end(how, message = "") {
    if (this.#over) return;
    this.#over = true;
    this.#player?.stop();
    this.#waiting = [];
    if (how !== "done") this.#letGo();
    this.#settle({ how, message });
  }

  /** @param {number} rateHz */
  async #open(rateHz) {
    let player;
    try {
      player = await Player.open(rateHz, this.#worklet);
    } catch {
      this.end("failed", gettext("This browser cannot play speech as it is made."));
      return;
    }
    if (this.#over) {
      player.stop(); // stopped while it was being opened
      return;
    }
    this.#player = player;
    player.addEventListener("progress", (event) => this.#heard(/** @type {CustomEvent} */ (event).detail));
    player.addEventListener("ended", () => this.end("done"));
    player.addEventListener("suspended", () => this.end("failed", gettext("The browser plays no sound before a click on the page.")));
    for (const samples of this.#waiting.splice(0)) player.push(samples);
    if (this.#isWhole) player.end();
  }

  /** @param {{ sounding: boolean }} progress */
  #heard({ sounding }) {
    if (!sounding || this.#sounded) return;
    this.#sounded = true;
    this.dispatchEvent(new Event("sounding"));
  }
}

/** In the provider's usual format, which comes as samples: files are for keeping. @param {any} speech */
function asSamples({ options = {}, ...speech }) {
  const { format: _, container: __, ...rest } = options;
  return { ...speech, options: rest };
}
