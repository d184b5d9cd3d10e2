// @ts-check
import { Capture } from "./capture.js";
import { RATE_HZ } from "./pcm16.js";
import { listMicrophones, openSource, SourceProblem } from "./sources.js";

/** @typedef {import("./sources.js").Choice} Choice */
/** @typedef {import("./sources.js").Microphone} Microphone */

/**
 * Sound that goes on: opens what was chosen, watches it, and where a microphone is lost goes on with
 * another, saying so.
 *
 * Browsers do not always tell. So besides a track's `ended` and `mute`: no sound arriving for 2 s is
 * a microphone that hangs; one missing from the list was unplugged; one that gave nothing but zeros
 * in its first 5 s is dead. One that falls silent later may have been muted by its owner, who would
 * not want another to listen: that is said, and the choice is left to them.
 *
 * Events: `chunk` (Int16Array), `level` ({peak, rms}), `source` (the Source now heard), `hole` (samples
 * in which nothing could be captured), `notice` ({code, …}, see state/host-words.js), `ended` (the Source:
 * a file is at its end, a tab is no longer shared).
 */
export class SteadySource extends EventTarget {
  static watchMs = 500;
  static stallMs = 2000;
  static silenceMs = 5000;
  static retryMs = 3000;
  /** Contexts may begin suspended for a second and a half. */
  static startMs = 2000;
  static smallestHoleMs = 1000;

  #workletUrl;
  /** @type {Choice | null} */
  #choice = null;
  /** @type {Capture | null} */
  #capture = null;
  /** @type {AbortController | null} */
  #listening = null;
  /** @type {AbortController | null} */
  #running = null;
  #changing = false;
  #runAtMs = 0;
  #checkedAtMs = 0;
  #retryAtMs = Infinity;
  /** When sound was last captured while there is none now; by the wall clock, which goes on in a sleep. */
  #lostAtMs = 0;
  #silent = false;
  #restarted = false;
  /** Devices that gave nothing, not to be tried in turn for ever. @type {Set<string>} */
  #dead = new Set();

  /** @param {string} workletUrl */
  constructor(workletUrl) {
    super();
    this.#workletUrl = workletUrl;
  }

  get source() {
    return this.#capture?.source ?? null;
  }

  /**
   * Opens what was chosen and begins. A microphone that is no longer there is replaced, aloud.
   * @param {Choice} choice
   * @throws {SourceProblem}
   */
  async begin(choice) {
    const capture = await this.#open(choice);
    this.#choice = choice;
    this.#running = new AbortController();
    const { signal } = this.#running;
    const timer = setInterval(() => this.check(), SteadySource.watchMs);
    signal.addEventListener("abort", () => clearInterval(timer));
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#devicesChanged(), { signal });
    this.#adopt(capture);
  }

  /**
   * Goes over to something else without a break; where that fails, all stays as it was.
   * @param {Choice} choice
   * @throws {SourceProblem}
   */
  async change(choice) {
    this.#changing = true;
    try {
      const capture = await this.#open(choice);
      this.#choice = choice;
      this.#dead.clear();
      await this.#letGo();
      this.#adopt(capture);
    } finally {
      this.#changing = false;
    }
  }

  /** Takes the last samples and lets go. */
  async end() {
    this.#running?.abort();
    this.#running = null;
    await this.#letGo();
  }

  /** Looks whether all is well; to be called now and then by whatever is not throttled. */
  check() {
    const now = performance.now();
    const late = now - this.#checkedAtMs > 3 * SteadySource.watchMs;
    this.#checkedAtMs = now;
    // After a pause of the page itself, what came meanwhile is still in the queue.
    if (!this.#running || this.#changing || (late && this.#capture)) return;
    if (this.#capture) this.#watch(this.#capture, now);
    else if (now >= this.#retryAtMs) void this.#replace("none");
  }

  /**
   * @param {Capture} capture
   * @param {number} now
   */
  #watch(capture, now) {
    const { track, kind } = capture.source;
    const started = now - this.#runAtMs > SteadySource.startMs + SteadySource.stallMs;
    if (track?.muted) return;
    if (started && now - capture.blockAtMs > SteadySource.stallMs && kind !== "file") {
      void this.#replace("stalled");
      return;
    }
    if (capture.sounded) this.#restarted = false;
    const silent = now - capture.soundAtMs > SteadySource.silenceMs && kind !== "file";
    if (silent && !this.#silent && kind === "microphone" && !capture.sounded) void this.#bury(capture);
    else if (silent !== this.#silent) this.#sayWhetherSilent(silent, capture.source.label);
  }

  /**
   * @param {boolean} silent
   * @param {string} label
   */
  #sayWhetherSilent(silent, label) {
    this.#silent = silent;
    this.#notice(silent ? { code: "silent", label } : { code: "sounds", label });
  }

  /**
   * Nothing but zeros from the start: on to the next that has not been tried, if there is one.
   * @param {Capture} capture
   */
  async #bury(capture) {
    this.#dead.add(capture.source.deviceId);
    this.#silent = true;
    if ((await this.#others()).length > 0) await this.#replace("dead");
    else this.#sayWhetherSilent(true, capture.source.label);
  }

  /** Microphones besides the one in use that have not been silent from their start. */
  async #others() {
    const now = this.source;
    const all = await listMicrophones();
    const aliases = new Set(["default", "communications"]);
    return all.filter(
      (each) =>
        each.deviceId &&
        !this.#dead.has(each.deviceId) &&
        each.deviceId !== now?.deviceId &&
        !(aliases.has(each.deviceId) && each.groupId === now?.groupId),
    );
  }

  async #devicesChanged() {
    this.#notice({ code: "devices" });
    const source = this.source;
    if (!source) {
      if (this.#running && !this.#changing) await this.#replace("none");
      return;
    }
    if (source.kind !== "microphone") return;
    const all = await listMicrophones();
    const there = all.some((each) =>
      source.groupId ? each.groupId === source.groupId : each.deviceId === source.deviceId,
    );
    if (!there && source === this.source) await this.#replace("unplugged");
  }

  /**
   * Goes on with another microphone, or with the same one opened anew.
   * @param {"unplugged" | "stalled" | "dead" | "none"} why
   */
  async #replace(why) {
    const choice = this.#choice;
    if (this.#changing || !this.#running || choice?.kind !== "microphone") return;
    this.#changing = true;
    const from = this.source?.label ?? choice.label;
    const again = why === "stalled" && !this.#restarted;
    const same = this.source?.deviceId ?? "";
    try {
      const others = await this.#others();
      const wanted = others.find((each) => each.deviceId === choice.deviceId || each.label === choice.label);
      const ids = [...(again ? [same] : []), ...(wanted ? [wanted.deviceId] : []), ...others.map((each) => each.deviceId)];
      if (why !== "dead") ids.push("");
      this.#lostAtMs ||= this.#capture?.blockAtWallMs ?? Date.now();
      await this.#letGo();
      const { capture, forbidden } = await this.#firstThatOpens(choice, ids);
      if (!this.#running) {
        capture?.close();
        return;
      }
      this.#restarted = again;
      if (!capture) {
        this.#waitForOne(from, why, forbidden);
        return;
      }
      this.#adopt(capture);
      this.#notice({ code: again ? "restarted" : "replaced", label: from, to: capture.source.label, why });
    } finally {
      this.#changing = false;
    }
  }

  /**
   * @param {string} label
   * @param {string} why
   * @param {boolean} forbidden
   */
  #waitForOne(label, why, forbidden) {
    this.#retryAtMs = performance.now() + SteadySource.retryMs;
    if (why !== "none") this.#notice({ code: forbidden ? "forbidden" : "none-left", label });
  }

  /**
   * @param {Choice & { kind: "microphone" }} choice
   * @param {string[]} ids
   * @returns {Promise<{ capture: Capture | null, forbidden: boolean }>}
   */
  async #firstThatOpens(choice, ids) {
    let forbidden = false;
    for (const deviceId of new Set(ids)) {
      try {
        return { capture: await this.#prepare({ ...choice, deviceId }), forbidden };
      } catch (error) {
        forbidden = error instanceof SourceProblem && /^(blocked|dismissed)/.test(error.code);
      }
    }
    return { capture: null, forbidden };
  }

  /** @param {Choice} choice */
  async #open(choice) {
    try {
      return await this.#prepare(choice);
    } catch (error) {
      const missing = error instanceof SourceProblem && error.code === "gone";
      if (!missing || choice.kind !== "microphone") throw error;
      const same = (await listMicrophones()).find((each) => each.label && each.label === choice.label);
      const capture = await this.#prepare({ ...choice, deviceId: same?.deviceId ?? "" });
      if (!same) this.#notice({ code: "fallback", label: choice.label, to: capture.source.label });
      return capture;
    }
  }

  /** @param {Choice} choice */
  async #prepare(choice) {
    const source = await openSource(choice);
    try {
      return await Capture.prepare(source, this.#workletUrl);
    } catch (error) {
      source.close();
      throw new SourceProblem("failed", error);
    }
  }

  /** @param {Capture} capture */
  #adopt(capture) {
    const { source } = capture;
    this.#capture = capture;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    capture.addEventListener("chunk", (event) => this.#chunk(/** @type {CustomEvent} */ (event).detail), { signal });
    capture.addEventListener("pause", (event) => this.#slept(/** @type {CustomEvent} */ (event).detail), { signal });
    capture.addEventListener("level", (event) => this.#tell("level", /** @type {CustomEvent} */ (event).detail), { signal });
    const ended = () => this.#sourceEnded(source);
    source.track?.addEventListener("ended", ended, { signal });
    source.track?.addEventListener("mute", () => this.#notice({ code: "muted", label: source.label }), { signal });
    source.track?.addEventListener("unmute", () => this.#notice({ code: "unmuted", label: source.label }), { signal });
    source.player?.addEventListener("ended", ended, { signal });
    source.player?.addEventListener("error", ended, { signal });
    this.#silent = false;
    this.#retryAtMs = Infinity;
    this.#runAtMs = this.#checkedAtMs = performance.now();
    capture.run();
    this.#tell("source", source);
  }

  /** Nothing was heard for a while, whether the computer slept or a microphone was away. @param {number} ms */
  #slept(ms) {
    this.#tell("hole", Math.round((ms * RATE_HZ) / 1000));
    this.#notice({ code: "slept", ms: String(ms) });
  }

  /** @param {Int16Array} pcm */
  #chunk(pcm) {
    const lostMs = this.#lostAtMs ? Date.now() - this.#lostAtMs - 100 : 0;
    this.#lostAtMs = 0;
    if (lostMs >= SteadySource.smallestHoleMs) this.#slept(Math.round(lostMs));
    this.#tell("chunk", pcm);
  }

  /** @param {import("./sources.js").Source} source */
  #sourceEnded(source) {
    if (source !== this.source || !this.#running) return;
    if (source.kind === "microphone") void this.#replace("unplugged");
    else this.#tell("ended", source);
  }

  async #letGo() {
    const capture = this.#capture;
    if (!capture) return;
    const lostAtMs = this.#lostAtMs;
    this.#lostAtMs = 0; // its rest belongs before the hole
    await capture.stop();
    this.#lostAtMs = lostAtMs;
    this.#listening?.abort();
    this.#capture = null;
  }

  /** @param {Record<string, string>} notice */
  #notice(notice) {
    this.#tell("notice", notice);
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
