// @ts-check
import { Player } from "../audio/player.js";
import { spokenCharacters } from "../tts/lighting.js";
import { fromBytes, joined, wavFile } from "../tts/pcm.js";

/**
 * The sound of one speech: collected as it comes, played at once, played again, given as a file.
 *
 * Events: `change` (more has come, or more has been played), `first` (the first sound), `ended`, `silent`
 * (it cannot be played here; detail: whether a click would help).
 */
export class SpeechSound extends EventTarget {
  playedMs = 0;
  underruns = 0;
  rateHz = 0;
  isPlaying = false;
  /** @type {import("../tts/lighting.js").Piece[]} */
  #pieces = [];
  /** @type {Int16Array[]} */
  #blocks = [];
  #length = 0;
  #worklet;
  #playsAtOnce;
  #whole = false;
  #sounded = false;
  /** @type {Player | null} */
  #player = null;
  #playing = 0;

  /** @param {string} workletUrl @param {boolean} playsAtOnce else it is only collected until it is played again */
  constructor(workletUrl, playsAtOnce = true) {
    super();
    this.#worklet = workletUrl;
    this.#playsAtOnce = playsAtOnce;
  }

  get samples() {
    if (this.#blocks.length > 1) this.#blocks = [joined(this.#blocks)];
    return this.#blocks[0] ?? new Int16Array(0);
  }

  get lengthMs() {
    return this.rateHz ? (1000 * this.#length) / this.rateHz : 0;
  }

  get spoken() {
    return spokenCharacters(this.#pieces, this.lengthMs, this.playedMs);
  }

  /** The format of all that follows. @param {number} rateHz */
  begin(rateHz) {
    this.rateHz = rateHz;
    if (this.#playsAtOnce) void this.#play();
  }

  /** @param {string} text */
  piece(text) {
    this.#pieces.push({ text, atMs: this.lengthMs });
  }

  /** @param {Uint8Array} bytes */
  push(bytes) {
    const samples = fromBytes(bytes);
    this.#blocks.push(samples);
    this.#length += samples.length;
    this.#player?.push(samples);
    this.#changed();
  }

  /** Nothing more comes. */
  end() {
    this.#whole = true;
    this.#player?.end();
    this.#changed();
  }

  replay() {
    this.stop();
    void this.#play();
  }

  /** Silence at once; what was heard is kept. */
  stop() {
    this.#playing += 1;
    this.#player?.stop();
    this.#player = null;
    this.isPlaying = false;
    this.#changed();
  }

  file() {
    return new Blob([wavFile(this.samples, this.rateHz)], { type: "audio/wav" });
  }

  async #play() {
    this.#playing += 1;
    const playing = this.#playing;
    this.playedMs = 0;
    this.isPlaying = true;
    let player;
    try {
      player = await Player.open(this.rateHz, this.#worklet);
    } catch {
      this.isPlaying = false;
      this.dispatchEvent(new CustomEvent("silent", { detail: false }));
      return;
    }
    if (playing !== this.#playing) {
      player.stop(); // stopped while it was being opened
      return;
    }
    this.#player = player;
    player.addEventListener("progress", (event) => this.#heard(/** @type {CustomEvent} */ (event).detail));
    player.addEventListener("suspended", () => this.dispatchEvent(new CustomEvent("silent", { detail: true })));
    player.addEventListener("ended", () => {
      this.#player = null;
      this.isPlaying = false;
      this.dispatchEvent(new Event("ended"));
      this.#changed();
    });
    if (this.#length) player.push(this.samples);
    if (this.#whole) player.end();
  }

  /** @param {{playedMs: number, underruns: number, sounding: boolean}} report */
  #heard({ playedMs, underruns, sounding }) {
    this.playedMs = playedMs;
    this.underruns = underruns;
    if (sounding && !this.#sounded) {
      this.#sounded = true;
      this.dispatchEvent(new Event("first"));
    }
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
