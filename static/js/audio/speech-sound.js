// @ts-check
import { extensionOf, readerOf } from "../tts/formats.js";
import { spokenCharacters } from "../tts/lighting.js";
import { joined, wavFile } from "../tts/pcm.js";
import { decoded } from "./decode.js";
import { Player } from "./player.js";

/**
 * The sound of one speech: collected as it comes, played at once, played again, given as a file. What comes as
 * a file is played when it is whole.
 *
 * Events: `change` (more has come, or more has been played), `first` (the first sound), `ended`, `silent`
 * (it cannot be played here; detail: whether a click would help).
 */
export class SpeechSound extends EventTarget {
  playedMs = 0;
  underruns = 0;
  /** Being played, or about to be. */
  isPlaying = false;
  #worklet;
  #playsAtOnce;
  #mediaType = "";
  #rateHz = 0;
  /** Makes samples of what comes; none for a file. @type {ReturnType<typeof readerOf>} */
  #read;
  /** @type {{text: string, atBytes: number}[]} */
  #pieces = [];
  #bytes = 0;
  /** The file, as far as it has come. @type {Uint8Array<ArrayBuffer>[]} */
  #file = [];
  #decodedBytes = 0;
  /** @type {Int16Array[]} */
  #blocks = [];
  #length = 0;
  #isWhole = false;
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

  /** What is known of it as samples; nothing of a file before it was played. */
  get samples() {
    if (this.#blocks.length > 1) this.#blocks = [joined(this.#blocks)];
    return this.#blocks[0] ?? new Int16Array(0);
  }

  get lengthMs() {
    return this.#rateHz ? (1000 * this.#length) / this.#rateHz : 0;
  }

  get isEmpty() {
    return this.#bytes === 0;
  }

  get isFile() {
    return this.#mediaType !== "" && !this.#read;
  }

  /** How many characters of its pieces have been heard. */
  get spoken() {
    const msPerByte = this.#bytes ? this.lengthMs / this.#bytes : 0;
    const pieces = this.#pieces.map(({ text, atBytes }) => ({ text, atMs: atBytes * msPerByte }));
    return spokenCharacters(pieces, this.lengthMs, this.playedMs);
  }

  /** The format of all that follows. @param {string} mediaType @param {number} rateHz */
  begin(mediaType, rateHz) {
    this.#mediaType = mediaType;
    this.#rateHz = rateHz;
    this.#read = readerOf(mediaType);
    if (this.#playsAtOnce && this.#read) void this.#play();
  }

  /** @param {string} text */
  piece(text) {
    this.#pieces.push({ text, atBytes: this.#bytes });
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  push(bytes) {
    this.#bytes += bytes.length;
    if (this.#read) this.#add(this.#read(bytes));
    else this.#file.push(bytes);
    this.#changed();
  }

  /** Nothing more comes. @param {boolean} isWhole else something is missing: then a file is played only if asked for */
  end(isWhole = true) {
    const isNew = !this.#isWhole;
    this.#isWhole = true;
    this.#player?.end();
    if (isNew && isWhole && this.#playsAtOnce && this.isFile) void this.#play();
    this.#changed();
  }

  /** @param {number} fromMs */
  replay(fromMs = 0) {
    this.stop();
    void this.#play(fromMs);
  }

  /** Silence at once, until it is played again; what was heard is kept. */
  stop() {
    this.#playsAtOnce = false;
    this.#playing += 1;
    this.#player?.stop();
    this.#player = null;
    this.isPlaying = false;
    this.#changed();
  }

  /** As it came, or what came as samples as a WAV file. */
  file() {
    return this.isFile
      ? new Blob(this.#file, { type: this.#mediaType })
      : new Blob([wavFile(this.samples, this.#rateHz)], { type: "audio/wav" });
  }

  get fileName() {
    return `speech.${this.isFile ? extensionOf(this.#mediaType) : "wav"}`;
  }

  async #play(fromMs = 0) {
    this.#playing += 1;
    const playing = this.#playing;
    this.playedMs = Math.min(fromMs, this.lengthMs);
    this.isPlaying = true;
    this.#changed();
    let player;
    try {
      await this.#decode();
      player = await Player.open(this.#rateHz, this.#worklet);
    } catch {
      if (playing !== this.#playing) return;
      this.isPlaying = false;
      this.dispatchEvent(new CustomEvent("silent", { detail: false }));
      return;
    }
    if (playing !== this.#playing) {
      player.stop(); // stopped while it was being opened
      return;
    }
    this.#player = player;
    const from = Math.min(this.#length, Math.round((fromMs * this.#rateHz) / 1000));
    player.addEventListener("progress", (event) => this.#heard(/** @type {CustomEvent} */ (event).detail, (1000 * from) / this.#rateHz));
    player.addEventListener("suspended", () => this.dispatchEvent(new CustomEvent("silent", { detail: true })));
    player.addEventListener("ended", () => {
      this.#player = null;
      this.isPlaying = false;
      this.playedMs = this.lengthMs; // a sum of milliseconds may fall short of the last character
      this.dispatchEvent(new Event("ended"));
      this.#changed();
    });
    if (this.#length > from) player.push(this.samples.subarray(from));
    if (this.#isWhole) player.end();
  }

  /** A file becomes samples, as far as it has come. */
  async #decode() {
    const bytes = this.#bytes;
    if (!this.isFile || this.#decodedBytes === bytes) return;
    const { samples, rateHz } = await decoded(await this.file().arrayBuffer(), this.#rateHz);
    this.#decodedBytes = bytes;
    this.#rateHz = rateHz;
    this.#blocks = [samples];
    this.#length = samples.length;
    this.#changed();
  }

  /** @param {Int16Array} samples */
  #add(samples) {
    this.#blocks.push(samples);
    this.#length += samples.length;
    this.#player?.push(samples);
  }

  /** @param {{playedMs: number, underruns: number, sounding: boolean}} report @param {number} fromMs where that playing began */
  #heard({ playedMs, underruns, sounding }, fromMs) {
    this.playedMs = fromMs + playedMs;
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
