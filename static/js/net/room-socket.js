// @ts-check
import { backoff } from "./backoff.js";
import { decode, mayLift, isForAll, isRefusal, refusalInWords, since, withAfter } from "./messages.js";
import { said } from "../words/said.js";

/** @typedef {{ addEventListener?: (type: string, listener: () => void, options: { signal: AbortSignal }) => void }} Page */

/**
 * The captions of a room as they come, over as many connections as it takes.
 *
 * Events: `event` (detail: the message), `state` (detail: connecting, open, waiting or refused). Whoever
 * listens keeps `version` up to date; a new connection goes on from there. After `refused` nothing more is
 * tried, except that what may lift is asked again now and then (`asksAgain`); `reason` says why, in words.
 *
 * Silence is measured by the wall clock: the clock of timers stands still while a computer sleeps, and
 * timers of a hidden tab come once a minute. So whatever wakes the page has the connection looked at.
 */
export class RoomSocket extends EventTarget {
  /** Ticks come each 15 s, so a connection that is silent for longer is dead, whatever it says. */
  static silenceMs = 40_000;
  /** Silent for longer than between two ticks: on waking, it is asked whether it is alive. */
  static doubtMs = 17_000;
  static answerMs = 5000;
  /** An attempt that has not said hello by then is given up. */
  static openMs = 15_000;
  static beatMs = 5000;
  static refusedMs = 30_000;
  /** A server that stops has all its readers come back at once: they spread over this long. */
  static spreadMs = 5000;

  version = 0;
  reason = "";
  asksAgain = false;
  state = "";
  #url;
  #base;
  #Socket;
  #page;
  #random;
  #delays = backoff();
  /** @type {WebSocket | null} */
  #socket = null;
  #code = "";
  /** By the wall clock; it is given up when it says nothing until then. */
  #heardAtMs = 0;
  #patienceMs = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #beats;
  /** @type {AbortController | null} */
  #stop = null;

  /**
   * @param {string} url absolute or relative
   * @param {{base?: string, Socket?: typeof WebSocket, page?: Page, random?: () => number}} options
   */
  constructor(
    url,
    { base = globalThis.location?.href, Socket = globalThis.WebSocket, page = globalThis, random = Math.random } = {},
  ) {
    super();
    this.#url = url;
    this.#base = base;
    this.#Socket = Socket;
    this.#page = page;
    this.#random = random;
  }

  connect() {
    this.close();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    for (const type of ["online", "pageshow", "visibilitychange", "resume"]) {
      this.#page.addEventListener?.(type, () => this.wake(), { signal });
    }
    this.#beats = setInterval(() => this.#look(), RoomSocket.beatMs);
    this.#open();
  }

  close() {
    this.#stop?.abort();
    this.#stop = null;
    clearInterval(this.#beats);
    this.state = "";
    this.reason = "";
    this.asksAgain = false;
    this.#drop();
  }

  /** Asks for what changed after `version`. */
  ask() {
    if (this.state === "open") this.#socket?.send(since(this.version));
  }

  /** The page or the network is back: looks at once whether the connection is, too. */
  wake() {
    if (!this.#stop) return;
    const silentMs = this.#silentMs();
    if (this.#retry) this.#open();
    else if (silentMs > this.#patienceMs) this.#silent();
    else if (this.state === "open" && silentMs > RoomSocket.doubtMs) {
      this.#patienceMs = silentMs + RoomSocket.answerMs;
      this.ask();
    }
  }

  #open() {
    this.#drop();
    // Further attempts go on quietly: a screen reader need not hear of each.
    if (!this.state) this.#become("connecting");
    const socket = new this.#Socket(withAfter(this.#url, this.version, this.#base));
    this.#socket = socket;
    this.#code = "";
    this.#hearing(RoomSocket.openMs);
    socket.addEventListener("message", (message) => socket === this.#socket && this.#take(message.data));
    socket.addEventListener("close", (event) => socket === this.#socket && this.#lost(event.code));
  }

  /** Lets go of the connection; what it still says is not heard. */
  #drop() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #take(/** @type {unknown} */ data) {
    this.#hearing(this.state === "open" ? RoomSocket.silenceMs : RoomSocket.openMs);
    const message = decode(data);
    if (!message) return;
    if (message.type === "error" && message.fatal !== false) {
      this.reason = said(message);
      this.#code = String(message.code ?? "");
    } else if (message.type === "hello") {
      this.#hearing(RoomSocket.silenceMs);
      this.#delays = backoff();
      this.reason = "";
      this.asksAgain = false;
      this.#become("open");
    }
    this.dispatchEvent(new CustomEvent("event", { detail: message }));
  }

  #lost(/** @type {number} */ code) {
    this.#drop();
    if (!isRefusal(code)) return this.#again(this.#pauseMs(code), "waiting");
    this.reason ||= refusalInWords(code);
    this.asksAgain = mayLift(code, this.#code);
    if (this.asksAgain) return this.#again(RoomSocket.refusedMs * (1 + this.#random() / 2), "refused");
    return this.#become("refused");
  }

  /** What the server ended itself, it ended for all its readers. */
  #pauseMs(/** @type {number} */ code) {
    const spread = isForAll(code) ? Math.round(this.#random() * RoomSocket.spreadMs) : 0;
    return this.#delays.next().value + spread;
  }

  #again(/** @type {number} */ delayMs, /** @type {string} */ state) {
    this.#retry = setTimeout(() => this.#open(), delayMs);
    this.#become(state);
  }

  #silent() {
    this.#become("waiting");
    this.#open();
  }

  #look() {
    if (this.#socket && this.#silentMs() > this.#patienceMs) this.#lost(1006);
  }

  #hearing(/** @type {number} */ patienceMs) {
    this.#heardAtMs = Date.now();
    this.#patienceMs = patienceMs;
  }

  #silentMs() {
    // A clock that was put back has nothing to say about silence.
    this.#heardAtMs = Math.min(this.#heardAtMs, Date.now());
    return Date.now() - this.#heardAtMs;
  }

  #become(/** @type {string} */ state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
