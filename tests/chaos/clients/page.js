/**
 * What a page has around it in a browser, for the pages' own modules under node: a clock that goes as fast as the
 * run's, an origin and a cookie, and commands and reports as lines of JSON.
 *
 * Arguments: pace, start (CLOCK_MONOTONIC, s), wall clock at the start (s), origin, cookie.
 */
import { createInterface } from "node:readline";

const [pace, startS, wallS] = process.argv.slice(2, 5).map(Number);
export const origin = process.argv[5];
const cookie = process.argv[6] ?? "";

const passedMs = () => (Number(process.hrtime.bigint()) / 1e6 - startS * 1000) * pace;
performance.now = passedMs;
Date.now = () => Math.floor(wallS * 1000 + passedMs());

const real = { setTimeout: globalThis.setTimeout, setInterval: globalThis.setInterval };
let hidden = false;
/** A tab that has long been hidden is given its timers once a minute. */
const dueMs = (/** @type {number} */ ms) =>
  hidden ? Math.ceil((passedMs() + ms) / 60_000) * 60_000 - passedMs() : ms;
globalThis.setTimeout = /** @type {any} */ ((run, ms = 0, ...args) => real.setTimeout(run, dueMs(ms) / pace, ...args));
globalThis.setInterval = /** @type {any} */ ((run, ms = 0, ...args) => {
  let turn = 0;
  const again = () => {
    const now = Math.floor(passedMs() / 60_000);
    if (hidden && now === turn) return;
    turn = now;
    run(...args);
  };
  return real.setInterval(again, ms / pace);
});

/** Timers of this test itself, which no browser throttles. */
export const every = (/** @type {number} */ ms, /** @type {() => void} */ run) => real.setInterval(run, ms / pace);

globalThis.location = /** @type {any} */ ({ href: `${origin}/` });

const kept = new Map(JSON.parse(process.argv[7] ?? "[]"));
/** @type {any} */
const storage = {
  getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
  setItem(/** @type {string} */ key, /** @type {string} */ value) {
    kept.set(key, value);
    say("kept", { entries: [...kept] });
  },
  removeItem: (/** @type {string} */ key) => kept.delete(key),
};
Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });

/** The socket of a browser that is signed in and has loaded the page from `origin`. */
export class BrowserSocket extends WebSocket {
  constructor(/** @type {string} */ url) {
    super(url, /** @type {any} */ ({ headers: { Origin: origin, ...(cookie ? { Cookie: cookie } : {}) } }));
    this.addEventListener("close", ({ code }) => say("closed", { code }));
  }
}

/** Reports something to the run. */
export function say(/** @type {string} */ type, /** @type {Record<string, unknown>} */ fields = {}) {
  process.stdout.write(`${JSON.stringify({ ...fields, type, atMs: Math.round(passedMs()) })}\n`);
}

/** Obeys the run's commands by name, until it says no more. @param {Record<string, (command: any) => void>} commands */
export function obey(commands) {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const command = JSON.parse(line);
    if (command.do === "hide") hidden = command.hidden;
    else commands[command.do](command);
  });
  lines.on("close", () => process.exit(0));
  say("up");
}
