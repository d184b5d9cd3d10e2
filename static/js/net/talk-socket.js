// @ts-check
import { RATE_HZ } from "../audio/pcm16.js";
import { gettext } from "../words/gettext.js";
import { said } from "../words/said.js";
import { decode } from "./messages.js";

/**
 * One conversation over one connection: speech out, its text in (docs/protocol.md, talk socket). It is not
 * opened again when it breaks: nothing of it is kept, and whoever talks begins anew.
 *
 * Events, each with a detail: `ready`, `interim` (text), `final` ({text, utterance}), `spend`, `problem` (words
 * about what does not end it), `stopped` (why: asked, silence or time), `refused` (words about what has ended it).
 */
export class TalkSocket extends EventTarget {
  /** Sound kept until the speech service listens; the oldest goes first. */
  static mostWaiting = 5 * RATE_HZ;
  /** Sound waiting in the browser: where the network keeps up no longer, an answer to it would come too late. */
  static mostBufferedBytes = 2 * 5 * RATE_HZ;

  #url;
  #Socket;
  /** @type {WebSocket | null} */
  #socket = null;
  #ready = false;
  #dropped = false;
  /** @type {Int16Array[]} */
  #waiting = [];

  /**
   * @param {string} url absolute, ws: or wss:
   * @param {{ Socket?: typeof WebSocket }} [options]
   */
  constructor(url, { Socket = globalThis.WebSocket } = {}) {
    super();
    this.#url = url;
    this.#Socket = Socket;
  }

  /** @param {string} language BCP 47 */
  start(language) {
    const socket = new this.#Socket(this.#url);
    this.#socket = socket;
    const mine = (/** @type {(event: any) => void} */ act) => (/** @type {Event} */ event) => {
      if (socket === this.#socket) act(event);
    };
    socket.addEventListener("open", mine(() => socket.send(JSON.stringify({ type: "start", language }))));
    socket.addEventListener("message", mine(({ data }) => this.#take(decode(data))));
    socket.addEventListener("close", mine(() => this.#refused(gettext("The connection to this site is lost. Press Start to begin again."))));
  }

  /** The next samples; kept for a moment where nobody listens yet. @param {Int16Array} pcm */
  push(pcm) {
    const socket = this.#socket;
    if (!socket) return;
    if (!this.#ready) {
      this.#keep(pcm);
    } else if (socket.bufferedAmount > TalkSocket.mostBufferedBytes) {
      if (!this.#dropped) this.#tell("problem", gettext("The network does not keep up: some of what you say is lost."));
      this.#dropped = true;
    } else {
      this.#dropped = false;
      socket.send(bytesOf(pcm));
    }
  }

  /** Has the last words finished; `stopped` follows. */
  stop() {
    if (this.#socket?.readyState === this.#Socket.OPEN) this.#socket.send(JSON.stringify({ type: "stop" }));
    else this.#stopped("asked");
  }

  /** Lets go at once: nothing follows. */
  abandon() {
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    this.#waiting = [];
    socket?.close();
  }

  /** @param {Record<string, any> | null} message */
  #take(message) {
    switch (message?.type) {
      case "ready":
        this.#begin();
        return;
      case "interim":
        this.#tell("interim", message.text);
        return;
      case "final":
      case "spend":
        this.#tell(message.type, message);
        return;
      case "stopped":
        this.#stopped(message.reason);
        return;
      case "error":
        if (message.fatal) this.#refused(said(message));
        else this.#tell("problem", said(message));
    }
  }

  #begin() {
    this.#ready = true;
    this.#tell("ready", null);
    for (const pcm of this.#waiting.splice(0)) this.push(pcm);
  }

  /** @param {Int16Array} pcm */
  #keep(pcm) {
    this.#waiting.push(pcm);
    let samples = this.#waiting.reduce((sum, { length }) => sum + length, 0);
    while (samples > TalkSocket.mostWaiting) samples -= this.#waiting.shift()?.length ?? samples;
  }

  /** @param {string} reason */
  #stopped(reason) {
    this.abandon();
    this.#tell("stopped", reason);
  }

  /** @param {string} words */
  #refused(words) {
    this.abandon();
    this.#tell("refused", words);
  }

  /** @param {string} type @param {unknown} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** PCM16, little-endian on whatever machine. @param {Int16Array} pcm */
function bytesOf(pcm) {
  const view = new DataView(new ArrayBuffer(2 * pcm.length));
  for (let i = 0; i < pcm.length; i += 1) view.setInt16(2 * i, pcm[i], true);
  return view.buffer;
}
