/** The host page without its looks: its socket, its captions, its memory; the microphone is a file. */
import { readFileSync } from "node:fs";

import { BrowserSocket, every, obey, origin, say } from "./page.js";
import { SAMPLES_PER_MS } from "../../../static/js/audio/pcm16.js";
import { HostSocket } from "../../../static/js/net/host-socket.js";
import { HostCaptions } from "../../../static/js/pages/host-captions.js";
import { HostMemory } from "../../../static/js/pages/host-memory.js";

const CHUNK_MS = 100;

/** @type {HostSocket} */
let socket;
/** @type {HostMemory} */
let memory;

const view = Object.assign(new EventTarget(), { log: /** @type {any} */ (null) });
/** @type {HostCaptions} */
let captions;

/** What stands in for the microphone: the speech, from some place on, as it goes by. */
const microphone = {
  pcm: new Int16Array(),
  atMs: 0,
  untilMs: 0,
  /** When the sound at `atMs` was, is or will be heard. */
  beganAtMs: Infinity,
  asleepAtMs: 0,

  play({ fromMs = 0, untilMs = Infinity }) {
    this.atMs = fromMs;
    this.untilMs = Math.min(untilMs, Math.floor(this.pcm.length / SAMPLES_PER_MS));
    this.beganAtMs = performance.now() - fromMs;
  },

  hear() {
    if (this.asleepAtMs || this.beganAtMs === Infinity) return;
    const before = this.atMs;
    const now = Math.min(performance.now() - this.beganAtMs, this.untilMs);
    for (; this.atMs + CHUNK_MS <= now || (now === this.untilMs && this.atMs < now); ) {
      const end = Math.min(this.atMs + CHUNK_MS, this.untilMs);
      socket.push(this.pcm.slice(this.atMs * SAMPLES_PER_MS, end * SAMPLES_PER_MS));
      this.atMs = end;
    }
    if (this.atMs === before && this.atMs < this.untilMs) return;
    report();
    if (this.atMs >= this.untilMs) {
      this.beganAtMs = Infinity;
      say("played", { untilMs: this.untilMs });
    }
  },

  sleep() {
    this.asleepAtMs = performance.now();
  },

  /** What was said meanwhile was not captured. */
  wake() {
    const missedMs = Math.round(performance.now() - this.asleepAtMs);
    this.asleepAtMs = 0;
    if (this.beganAtMs === Infinity) return;
    const missed = Math.min(missedMs, this.untilMs - this.atMs);
    this.atMs += missed;
    socket.skip(missed * SAMPLES_PER_MS);
    say("woke", { missedMs: missed, spokenMs: this.atMs });
  },
};

function remember() {
  memory.keep({ session: socket.session, captured: socket.captured, trace: "" });
}

function report() {
  say("progress", {
    spokenMs: microphone.atMs,
    capturedMs: socket.captured / SAMPLES_PER_MS,
    waitingMs: socket.waiting / SAMPLES_PER_MS,
    safeMs: socket.safe / SAMPLES_PER_MS,
  });
}

obey({
  open({ socketPath, segmentsPath, room, file }) {
    const bytes = readFileSync(file);
    microphone.pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    memory = new HostMemory(room);
    socket = new HostSocket(new URL(socketPath, origin.replace(/^http/, "ws")).href, { Socket: BrowserSocket });
    captions = new HostCaptions(/** @type {any} */ (view), segmentsPath, (version) => socket.ask(version));
    for (const type of ["state", "ready", "heard", "problem", "refused", "stopped", "lost", "anew"]) {
      socket.addEventListener(type, (event) => say(type, { detail: /** @type {CustomEvent} */ (event).detail }));
    }
    socket.addEventListener("ready", () => captions.catchUp());
    socket.addEventListener("heard", remember);
    socket.addEventListener("event", (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      captions.take(detail);
      if (detail.type !== "interim") say("event", { detail });
    });
    every(CHUNK_MS, () => microphone.hear());
  },
  start: ({ language = "en-US", session, takeOver, resumeAt }) => socket.start({ language, session, takeOver, resumeAt }),
  /** As the page offers it after a reload; the speaker is wherever the session goes on, `baseMs` of it before the speech. */
  resume({ session, baseMs = 0 }) {
    const resumeAt = memory.resumeAt(session);
    const speak = () => microphone.play({ fromMs: socket.captured / SAMPLES_PER_MS - baseMs });
    socket.addEventListener("ready", speak, { once: true });
    say("resumes", { resumeAtMs: resumeAt / SAMPLES_PER_MS });
    socket.start({ language: "en-US", session, resumeAt });
  },
  play: (command) => microphone.play(command),
  sleep: () => microphone.sleep(),
  wake: () => microphone.wake(),
  stop: () => socket.stop(),
  abandon: () => socket.abandon(),
  hurry: () => socket.hurry(),
  keep: () => remember(),
  report: () => say("lines", { segments: captions.log.segments }),
});
