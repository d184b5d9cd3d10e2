// @ts-check
import { SAMPLES_PER_MS } from "../audio/pcm16.js";
import { keep, recall } from "../view/memory.js";

/** A quicker reload loses no word; a longer pause was none, and what was not said in it is not lost. */
const RELOAD_MS = { shortest: 1000, longest: 120_000 };

/**
 * What a page that is loaded again must know to go on: the session, and how far its sound had come.
 * Kept for the browser, not for the tab: a tab that crashed is followed by another one. Without storage a
 * reload goes on where the server is.
 */
export class HostMemory {
  #key;

  /** @param {string} room slug */
  constructor(room) {
    this.#key = `voxweb.host.${room}`;
  }

  /** @returns {{ session: string, captured: number, trace: string, atMs: number } | null} */
  recall() {
    const { session, captured, trace, atMs } = Object(recall("local", this.#key));
    if (typeof session !== "string" || !Number.isInteger(captured)) return null;
    return { session, captured, trace: String(trace ?? ""), atMs: Number(atMs) };
  }

  /**
   * Where a session goes on after a reload: behind what the page had captured, and what was said meanwhile.
   * @param {string} session
   */
  resumeAt(session) {
    const kept = this.recall();
    if (!session || kept?.session !== session) return 0;
    const awayMs = Date.now() - kept.atMs;
    const missed = awayMs > RELOAD_MS.shortest && awayMs < RELOAD_MS.longest;
    return kept.captured + (missed ? Math.round(awayMs * SAMPLES_PER_MS) : 0);
  }

  /** @param {{ session: string, captured: number, trace: string }} memory captured: samples */
  keep({ session, captured, trace }) {
    keep("local", this.#key, { session, captured, trace, atMs: Date.now() });
  }

  forget() {
    keep("local", this.#key, null);
  }
}
