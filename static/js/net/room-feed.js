// @ts-check
import { CaptionLog } from "./caption-log.js";
import { RoomSocket } from "./room-socket.js";

/**
 * What a reader of a room holds, whatever the network does: the same lines as one who was never away,
 * in order, once. Knows no page; runs wherever there are WebSocket and fetch.
 *
 * `log` is what to show (see state/captions.js), `state` how the connection stands (connecting, open,
 * waiting, refused; "" while stopped), `reason` why it was refused, in words.
 *
 * Events: `change` (another `log`), `state` (another `state`).
 */
export class RoomFeed extends EventTarget {
  #socket;
  #captions;

  /**
   * @param {object} room
   * @param {string} room.socketPath path or address of its socket
   * @param {string} room.segmentsPath path or address of its captions as JSON
   * @param {string} [room.base] what paths belong to
   * @param {typeof WebSocket} [room.Socket]
   * @param {typeof globalThis.fetch} [room.fetch]
   */
  constructor({ socketPath, segmentsPath, base = globalThis.location?.href, Socket, fetch }) {
    super();
    this.#socket = new RoomSocket(socketPath, { base, Socket });
    this.#captions = new CaptionLog(new URL(segmentsPath, base).href, () => this.#socket.ask(), fetch);
    this.#socket.addEventListener("event", (event) => this.#captions.take(/** @type {CustomEvent} */ (event).detail));
    this.#socket.addEventListener("state", () => this.dispatchEvent(new Event("state")));
    this.#captions.addEventListener("change", () => {
      this.#socket.version = this.log.version;
      this.dispatchEvent(new Event("change"));
    });
  }

  get log() {
    return this.#captions.log;
  }

  get state() {
    return this.#socket.state;
  }

  get reason() {
    return this.#socket.reason;
  }

  /** Whether a refusal may lift, and is tried again now and then. */
  get asksAgain() {
    return this.#socket.asksAgain;
  }

  start() {
    this.#socket.connect();
  }

  /** Lets go of the connection. What is held stays; `start` goes on from there. */
  stop() {
    this.#socket.close();
    this.#captions.stop();
  }

  /** Gets older captions than the log has. */
  earlier() {
    return this.#captions.earlier();
  }
}
