// @ts-check
import { toFloats } from "./pcm16.js";

/** What waits before the first sound: enough for a network that stutters, too little to notice. */
const PREBUFFER_MS = 200;
/** A context that does not run by then waits for a click that nobody will make. */
const STARTS_WITHIN_MS = 3000;

/**
 * Plays PCM while it is still being made. One player, one speech; the context runs at the speech's rate.
 *
 * Events: `progress` (detail: {playedMs, underruns, sounding}), `ended`, `suspended` (the browser plays
 * nothing without a click on the page).
 */
export class Player extends EventTarget {
  #context;
  #node;
  #rateHz;
  #done = false;

  /** @param {number} rateHz @param {string} workletUrl */
  static async open(rateHz, workletUrl) {
    const context = new AudioContext({ sampleRate: rateHz, latencyHint: "interactive" });
    try {
      await context.audioWorklet.addModule(workletUrl);
      return new Player(context, rateHz);
    } catch (error) {
      void context.close();
      throw error;
    }
  }

  /** @param {AudioContext} context @param {number} rateHz */
  constructor(context, rateHz) {
    super();
    this.#context = context;
    this.#rateHz = rateHz;
    const prebuffer = (rateHz * PREBUFFER_MS) / 1000;
    this.#node = new AudioWorkletNode(context, "pcm-playback", {
      numberOfInputs: 0,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      processorOptions: { prebuffer },
    });
    this.#node.port.onmessage = ({ data }) => this.#heard(data);
    this.#node.connect(context.destination);
    context.resume().catch(() => {});
    setTimeout(() => {
      if (context.state === "suspended" && !this.#done) this.dispatchEvent(new Event("suspended"));
    }, STARTS_WITHIN_MS);
  }

  /** @param {Int16Array} samples */
  push(samples) {
    const floats = toFloats(samples);
    this.#node.port.postMessage({ samples: floats }, [floats.buffer]);
  }

  /** Nothing more comes: what waits is played, then `ended` comes. */
  end() {
    this.#node.port.postMessage("end");
  }

  /** Silence at once. */
  stop() {
    if (this.#done) return;
    this.#done = true;
    this.#node.port.onmessage = null;
    this.#node.disconnect();
    void this.#context.close();
  }

  /** @param {{played: number, underruns: number, sounding: boolean, ended: boolean}} report */
  #heard({ played, underruns, sounding, ended }) {
    const detail = { playedMs: (1000 * played) / this.#rateHz, underruns, sounding };
    this.dispatchEvent(new CustomEvent("progress", { detail }));
    if (!ended) return;
    this.stop();
    this.dispatchEvent(new Event("ended"));
  }
}
