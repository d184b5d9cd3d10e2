// @ts-check
import { AudioRing } from "../audio/ring.js";
import { CHUNK_SAMPLES, RATE_HZ } from "../audio/pcm16.js";
import { backoff } from "./backoff.js";
import { chunkMessage, endOf, MOST_CHUNK_SAMPLES, startMessage, STOP_MESSAGE } from "./host-messages.js";
import { decode, since } from "./messages.js";
import { SendBudget } from "./send-budget.js";
import { said } from "../words/said.js";

/** @typedef {{ now: () => number, every: (ms: number, run: () => void) => () => void }} Clock */

/** @type {Clock} */
const wallClock = {
  now: () => performance.now(),
  every(ms, run) {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};

/** Empty where the browser makes none (an insecure page, which has no microphone either). */
const newId = () => globalThis.crypto?.randomUUID?.() ?? "";

/**
 * One session of a host over as many connections as it takes.
 *
 * What is pushed is kept until the server says that it is safe, five minutes of it at most. After a
 * drop it connects again and sends from where the server says; nothing has to be told to it. Should
 * the session have ended meanwhile, what was not sent begins another one.
 *
 * A hidden tab's timers may come once a minute, its sound keeps coming: so everything that is due is
 * looked after at each push, too.
 *
 * Events, each with a detail:
 * `state` (one of idle, connecting, live, waiting, over), `ready` ({session, samples}), `heard` (index),
 * `event` (a message for the captions), `problem` (an error that is not the end: {code, message}),
 * `refused` (the end: {code, message, session, undelivered}, the last in samples), `stopped` ({session, segments}; null where it is not
 * known how many), `lost` (samples that had to be dropped unsent), `anew` (index at which the new session begins).
 */
export class HostSocket extends EventTarget {
  static tickMs = 200;
  static openMs = 10_000;
  /** `heard` comes about once a second: a connection silent for this long is dead, whatever it says. */
  static silenceMs = 12_000;
  /** The last words are recognised and stored before `stopped` comes. */
  static silenceAtStopMs = 25_000;
  static stopMs = 120_000;
  /** Eight seconds of sound waiting in the browser: more would only hide that the network does not keep up. */
  static mostBufferedBytes = 16 * RATE_HZ;
  /** A longer hole is not believed where the server does not, and has no place in a session that begins. */
  static longestHole = 60 * RATE_HZ;

  state = "idle";
  session = "";
  /** What a session that is to begin is called: the server may hear a start whose answer is lost. */
  #newSession = "";
  /** Everything before it is safe. */
  safe = 0;
  stopping = false;
  #url;
  #Socket;
  #clock;
  #delays = backoff();
  #ring;
  #budget = new SendBudget();
  #language = "";
  #trace = "";
  #takeOver = false;
  #resumeAt = 0;
  /** Whether the ring's indices are the session's by now. */
  #placed = false;
  /** The next sample to send. */
  #cursor = 0;
  /** Where `#cursor` was when the server last said anything: that much has most likely arrived. */
  #arrived = 0;
  /** Whether `stop` went out: over this connection, over any. */
  #stopSent = false;
  #stopAsked = false;
  #dueAtMs = Infinity;
  #heardFromAtMs = 0;
  #stoppedAtMs = Infinity;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {(() => void) | null} */
  #endTicks = null;

  /**
   * @param {string} url absolute, ws: or wss:
   * @param {{ Socket?: typeof WebSocket, clock?: Clock, ring?: AudioRing }} [options]
   */
  constructor(url, { Socket = globalThis.WebSocket, clock = wallClock, ring = new AudioRing() } = {}) {
    super();
    this.#url = url;
    this.#Socket = Socket;
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Samples captured so far, in session samples once `ready` came. */
  get captured() {
    return this.#ring.end;
  }

  /** Samples that wait to be sent. */
  get waiting() {
    return Math.max(0, this.#ring.end - Math.max(this.#cursor, this.#ring.start));
  }

  /** Samples that are kept here, because they are not known to be safe. */
  get kept() {
    return Math.min(this.#ring.held, Math.max(0, this.#ring.end - this.safe));
  }

  /** Whether closing the page now would lose what was said. */
  get unsaved() {
    return this.state !== "idle" && this.state !== "over" && this.#ring.end > this.safe;
  }

  /**
   * Connects and begins, or goes on with `session` at `resumeAt` or wherever the server says, whichever
   * is later. What was pushed before `ready` is sent then.
   * @param {import("./host-messages.js").Beginning & { resumeAt?: number }} beginning
   */
  start({ language, session = "", takeOver = false, trace = "", resumeAt = 0 }) {
    this.#language = language;
    this.#trace = trace;
    this.session = session;
    this.#newSession = newId();
    this.#takeOver = takeOver;
    this.#resumeAt = resumeAt;
    this.#endTicks ??= this.#clock.every(HostSocket.tickMs, () => this.#tick());
    this.#open();
  }

  /**
   * The next samples that were captured.
   * @param {Int16Array} pcm
   */
  push(pcm) {
    if (this.state === "over") return;
    const start = Math.max(this.#ring.start, this.#cursor);
    this.#ring.append(pcm);
    if (this.#ring.start > start) this.#tell("lost", this.#ring.start - start);
    this.#tick();
  }

  /**
   * Time went by in which nothing could be captured; it becomes a gap.
   * @param {number} samples
   */
  skip(samples) {
    this.#ring.skip(samples);
    // A computer that slept for longer than that has no connection left, though it may not know.
    if (this.state === "live" && samples > (HostSocket.silenceMs / 1000) * RATE_HZ) this.#retry();
  }

  /** Sends what is left, and asks the server to end the session; `stopped` follows. */
  stop() {
    this.stopping = true;
    this.#stoppedAtMs = this.#clock.now();
    if (this.state === "idle") this.#finish();
    this.#tick();
  }

  /** Lets go at once, without ending the session. */
  abandon() {
    this.#finish();
  }

  /**
   * Asks for captions that changed after a version; they come as an `event`.
   * @param {number} version
   */
  ask(version) {
    if (this.state === "live") this.#socket?.send(since(version));
  }

  /** Tries again now, where it waits: the network is back. */
  hurry() {
    if (this.state === "waiting") this.#open();
  }

  #open() {
    this.#drop();
    this.#become("connecting");
    this.#stopSent = false;
    this.#dueAtMs = this.#clock.now() + HostSocket.openMs;
    const socket = new this.#Socket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    const mine = (/** @type {(event: any) => void} */ act) => (/** @type {Event} */ event) => {
      if (socket === this.#socket) act(event);
    };
    socket.addEventListener("open", mine(() => this.#begin(socket)));
    socket.addEventListener("message", mine((event) => this.#take(decode(event.data))));
    socket.addEventListener("close", mine((event) => this.#ended(null, event.code)));
  }

  /** @param {WebSocket} socket */
  #begin(socket) {
    const isNew = !this.session;
    const session = this.session || this.#newSession;
    const beginning = { language: this.#language, session, isNew, takeOver: this.#takeOver };
    socket.send(startMessage({ ...beginning, trace: this.#trace }));
  }

  /** @param {Record<string, any> | null} message */
  #take(message) {
    if (!message) return;
    this.#heardFromAtMs = this.#clock.now();
    this.#arrived = Math.max(this.#arrived, this.#cursor);
    if (message.type === "ready") this.#ready(message);
    else if (message.type === "heard") this.#heard(message.samples);
    else if (message.type === "stopped") this.#stopped(message.segments);
    else if (message.type === "error") this.#error(message);
    else this.#tell("event", message);
    this.#pump();
  }

  /** @param {Record<string, any>} message */
  #ready({ session, samples }) {
    const ring = this.#ring;
    if (!this.#placed) {
      // What was captured while it connected follows on what the session already has.
      ring.shift(Math.max(samples, this.#resumeAt));
      this.safe = samples;
      this.#placed = true;
    } else {
      ring.skip(samples - ring.end);
      this.safe = Math.min(this.safe, samples);
    }
    this.session = session;
    this.#takeOver = false;
    this.#cursor = samples;
    this.#arrived = samples;
    this.#delays = backoff();
    this.#become("live");
    this.#tell("ready", { session, samples });
  }

  /** @param {number} samples */
  #heard(samples) {
    this.safe = Math.max(this.safe, samples);
    this.#ring.forget(samples);
    this.#tell("heard", samples);
  }

  /** @param {number | null} segments */
  #stopped(segments) {
    this.#finish();
    this.#tell("stopped", { session: this.session, segments });
  }

  /** @param {Record<string, any>} error */
  #error(error) {
    if (error.fatal) {
      this.#ended(/** @type {any} */ (error), 0);
      return;
    }
    if (Number.isInteger(error.samples)) {
      // Later than can have been spoken: somebody has set the clock by which a sleep was measured.
      if (error.code === "audio.bad_chunk") this.#ring.closeHoles(error.samples, HostSocket.longestHole);
      this.#cursor = error.samples;
      this.#budget.hold(1000);
    }
    this.#tell("problem", { code: error.code, message: said(error) });
  }

  /**
   * The connection is over; is it worth another one?
   * @param {{ code: string, message?: string, session?: string } | null} error
   * @param {number} closeCode
   */
  #ended(error, closeCode) {
    const { code, final } = endOf(error, closeCode);
    const gone = code === "session.over" || code === "session.unknown";
    if (gone && this.#stopAsked) this.#stopped(null);
    else if (gone && !this.session) this.#beginAgain();
    // Whoever takes the air back wants it, whether or not the session is still there.
    else if (gone && (this.#placed || this.#takeOver)) this.#anew();
    else if (final) this.#refused(code, error);
    else this.#retry();
  }

  #retry() {
    this.#drop();
    this.#dueAtMs = this.#clock.now() + this.#delays.next().value;
    this.#become("waiting");
  }

  /**
   * @param {string} code
   * @param {{ message?: string, session?: string } | null} error
   */
  #refused(code, error) {
    const undelivered = this.#placed ? Math.max(0, this.#ring.end - Math.max(this.#arrived, this.#ring.start)) : 0;
    this.#finish();
    this.#tell("refused", { code, message: error ? said(error) : "", session: error?.session ?? "", undelivered });
  }

  /**
   * The session ended while the connection was away: what was not heard in it begins another one.
   * A second before the last that surely arrived is said again, for half a word is worse than two.
   */
  #anew() {
    const from = Math.max(this.safe, this.#arrived - RATE_HZ, this.#ring.start);
    this.#ring.forget(from);
    this.#ring.shift(-from);
    this.#ring.closeHoles(0, HostSocket.longestHole);
    this.session = "";
    this.#newSession = newId();
    this.safe = this.#cursor = this.#arrived = this.#resumeAt = 0;
    this.#tell("anew", from);
    this.#open();
  }

  /** The session began and ended without our hearing of it. */
  #beginAgain() {
    this.#newSession = newId();
    this.#retry();
  }

  #finish() {
    this.#drop();
    this.#endTicks?.();
    this.#endTicks = null;
    this.#become("over");
  }

  /** Lets go of the connection; what it still says is not heard. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#dueAtMs = Infinity;
    socket?.close();
  }

  #tick() {
    const now = this.#clock.now();
    if (this.state === "waiting" && now >= this.#dueAtMs) this.#open();
    else if (this.state === "connecting" && now >= this.#dueAtMs) this.#retry();
    else if (this.#stopSent && now - this.#stoppedAtMs > HostSocket.stopMs) this.#stopped(null);
    else if (this.state === "live" && now - this.#heardFromAtMs > this.#patienceMs()) this.#retry();
    this.#pump();
  }

  #patienceMs() {
    return this.#stopSent ? HostSocket.silenceAtStopMs : HostSocket.silenceMs;
  }

  /** Sends what may be sent now. */
  #pump() {
    const socket = this.#socket;
    if (this.state !== "live" || !socket) return;
    for (;;) {
      const most = Math.min(MOST_CHUNK_SAMPLES, this.#budget.at(this.#clock.now()));
      if (most < CHUNK_SAMPLES || socket.bufferedAmount > HostSocket.mostBufferedBytes) return;
      const piece = this.#ring.read(this.#cursor, most);
      if (!piece) break;
      socket.send(chunkMessage(piece.first, piece.pcm));
      this.#cursor = piece.first + piece.pcm.length;
      this.#budget.spend(piece.pcm.length);
    }
    if (this.stopping && !this.#stopSent) {
      this.#stopSent = this.#stopAsked = true;
      this.#stoppedAtMs = this.#clock.now();
      socket.send(STOP_MESSAGE);
    }
  }

  /** @param {string} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#tell("state", state);
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
