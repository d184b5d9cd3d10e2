// @ts-check
import { backoff } from "./backoff.js";
import { decode, isRefusal, refusalInWords, since, withAfter } from "./messages.js";

/**
 * The captions of a room as they come, over as many connections as it takes.
 *
 * Events: `event` (detail: the message), `state` (detail: connecting, open, waiting or refused). Whoever
 * listens keeps `version` up to date; a new connection goes on from there. After `refused` nothing more is
 * tried, except that a closed room is asked again now and then; `reason` says why, in words.
 */
export class RoomSocket extends EventTarget {
  /** Ticks come each 15 s, so a connection that is silent for longer is dead, whatever it says. */
  static silenceMs = 40_000;
  static closedRoomMs = 30_000;

  version = 0;
  reason = "";
  state = "";
  #url;
  #base;
  #Socket;
  #delays = backoff();
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watchdog;
  /** @type {AbortController | null} */
  #stop = null;

  /** @param {string} url absolute or relative @param {{base?: string, Socket?: typeof WebSocket}} options */
  constructor(url, { base = globalThis.location?.href, Socket = globalThis.WebSocket } = {}) {
    super();
    this.#url = url;
    this.#base = base;
    this.#Socket = Socket;
  }

  connect() {
    this.close();
    this.#stop = new AbortController();
    globalThis.addEventListener?.("online", () => this.#hurry(), { signal: this.#stop.signal });
    this.#open();
  }

  close() {
    this.#stop?.abort();
    this.#stop = null;
    this.state = "";
    this.reason = "";
    this.#drop();
  }

  /** Asks for what changed after `version`. */
  ask() {
    if (this.state === "open") this.#socket?.send(since(this.version));
  }

  #open() {
    this.#drop();
    // Further attempts go on quietly: a screen reader need not hear of each.
    if (!this.state) this.#become("connecting");
    const socket = new this.#Socket(withAfter(this.#url, this.version, this.#base));
    this.#socket = socket;
    this.#watch();
    socket.addEventListener("message", (message) => socket === this.#socket && this.#take(message.data));
    socket.addEventListener("close", (event) => socket === this.#socket && this.#lost(event.code));
  }

  /** Lets go of the connection; what it still says is not heard. */
  #drop() {
    clearTimeout(this.#retry);
    clearTimeout(this.#watchdog);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #take(/** @type {unknown} */ data) {
    this.#watch();
    const message = decode(data);
    if (!message) return;
    if (message.type === "error") {
      this.reason = String(message.message ?? "");
    } else if (message.type === "hello") {
      this.#delays = backoff();
      this.reason = "";
      this.#become("open");
    }
    this.dispatchEvent(new CustomEvent("event", { detail: message }));
  }

  #lost(/** @type {number} */ code) {
    this.#drop();
    if (!isRefusal(code)) return this.#again(this.#delays.next().value, "waiting");
    this.reason ||= refusalInWords(code);
    if (code === 4410) return this.#again(RoomSocket.closedRoomMs, "refused");
    return this.#become("refused");
  }

  #again(/** @type {number} */ delayMs, /** @type {string} */ state) {
    this.#become(state);
    this.#retry = setTimeout(() => this.#open(), delayMs);
  }

  #hurry() {
    if (this.state === "waiting") this.#open();
  }

  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(1006), RoomSocket.silenceMs);
  }

  #become(/** @type {string} */ state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
