// @ts-check
import { decode } from "../net/messages.js";
import { audioOf, got, played, speak, stop } from "./messages.js";

/** How much audio comes until the server is told that it is here. */
const TOLD_EACH_BYTES = 64 * 1024;

/**
 * The socket that speeches come over. It is opened with the first one and again whenever it is gone.
 *
 * Events, each with the speech's number as `detail.id`: `audio` (detail: {id, bytes}) and one of the name of
 * each message (detail: the message). `lost` (detail: {ids}): the socket went under these speeches.
 */
export class SpeechSocket extends EventTarget {
  #url;
  /** @type {WebSocket | null} */
  #socket = null;
  #count = 0;
  /** @type {Map<number, {bytes: number, told: number}>} */
  #running = new Map();

  /** @param {string} path */
  constructor(path) {
    super();
    this.#url = new URL(path, location.href.replace(/^http/, "ws")).href;
  }

  /** Asks for a speech; gives its number. @param {object} speech @param {{keep: boolean, trace: boolean, keep_audio?: boolean}} how */
  speak(speech, how = { keep: true, trace: true }) {
    this.#count += 1;
    const id = this.#count;
    this.#running.set(id, { bytes: 0, told: 0 });
    this.#say(speak(id, speech, how));
    return id;
  }

  /** @param {number} id */
  stop(id) {
    if (this.#running.has(id)) this.#say(stop(id));
  }

  /** @param {string} tryId @param {number} firstSoundMs @param {number} underruns */
  report(tryId, firstSoundMs, underruns) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(played(tryId, firstSoundMs, underruns));
  }

  /** @param {string} message */
  #say(message) {
    const socket = this.#opened();
    if (socket.readyState === WebSocket.OPEN) socket.send(message);
    else socket.addEventListener("open", () => socket.send(message), { once: true });
  }

  #opened() {
    if (this.#socket) return this.#socket;
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => this.#lose();
    this.#socket = socket;
    return socket;
  }

  #lose() {
    this.#socket = null;
    const ids = [...this.#running.keys()];
    this.#running.clear();
    if (ids.length) this.dispatchEvent(new CustomEvent("lost", { detail: { ids } }));
  }

  /** @param {string | ArrayBuffer} data */
  #take(data) {
    if (data instanceof ArrayBuffer) {
      const audio = audioOf(data);
      if (audio) this.#hear(audio);
      return;
    }
    const message = decode(data);
    if (!message) return;
    if (["done", "error", "stopped"].includes(message.type)) this.#running.delete(message.id);
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
  }

  /** @param {{id: number, bytes: Uint8Array}} audio */
  #hear(audio) {
    const running = this.#running.get(audio.id);
    if (!running) return; // it was stopped while this was on its way
    running.bytes += audio.bytes.byteLength;
    if (running.bytes - running.told >= TOLD_EACH_BYTES) {
      running.told = running.bytes;
      this.#say(got(audio.id, running.bytes));
    }
    this.dispatchEvent(new CustomEvent("audio", { detail: audio }));
  }
}
