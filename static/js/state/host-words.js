// @ts-check
/** What a host is told, in words. Pure. */
import { isBusy } from "./host.js";
import { backInWords, isHeldUp, keptInWords, lengthInWords } from "./words.js";

/** @typedef {"live" | "quiet" | "warn" | "error"} Tone */
/** @typedef {{ title: string, text: string, tone: Tone }} Told */

/**
 * The state on the air: a few words, and what they mean. It is read aloud when it changes, so nothing in
 * it counts: see `hostCount`.
 * @param {import("./host.js").Host} host
 * @returns {Told}
 */
export function hostInWords(host) {
  const { phase, upstream } = host;
  if (phase === "off") return offInWords(host);
  if (isAway(host) && phase === "on") {
    const title = "Reconnecting to the speech service";
    if (host.lostMs) return told(title, "It is away for longer than can be kept: some of what you say is being lost.", "error");
    return told(title, "Go on speaking: what you say is being kept, and its captions will follow.", "warn");
  }
  if (phase === "on" && upstream === "paused") {
    return told("On the air", "It has been quiet for long, so the speech service rests. Speak, and it goes on: nothing is lost.", "quiet");
  }
  if (phase === "stopping" && !host.linked) {
    return told("Stopping", "The connection is away. Your last words are kept here and sent when it is back: keep this page open.", "warn");
  }
  if (phase === "on" && upstream === "connecting") {
    return told("On the air", "You can speak. The speech service is about to begin.", "live");
  }
  return PHASES[phase];
}

/** Whether captions are held up: the network is away, or the speech service. @param {import("./host.js").Host} host */
export const isAway = (host) => isAlone(host) || (host.phase === "on" && isHeldUp(host));

/** Whether this page alone keeps what was said. @param {import("./host.js").Host} host */
const isAlone = ({ phase, linked }) => phase === "waiting" || (phase === "stopping" && !linked);

/**
 * What counts up beside the state, outside of what is read aloud; empty where nothing does.
 * @param {import("./host.js").Host} host
 * @param {{ keptMs: number, lostMs: number }} here what this page keeps itself
 */
export function hostCount(host, here) {
  const kept = isAlone(host) ? keptInWords(here) : isAway(host) ? keptInWords(host) : "";
  const waiting = host.unstored === 1 ? "1 caption waits to be stored." : `${host.unstored} captions wait to be stored.`;
  return [kept, isBusy(host) && host.unstored > 0 && waiting].filter(Boolean).join(" ");
}

/** @param {string} title @param {string} text @param {Tone} tone @returns {Told} */
const told = (title, text, tone) => ({ title, text, tone });

/** @type {Record<string, Told>} */
const PHASES = {
  opening: told("Opening the sound", "The browser may ask for your permission.", "quiet"),
  connecting: told("Connecting", "You can speak already. Nothing is lost while it connects.", "quiet"),
  on: told("On the air", "What you say is written down for the room.", "live"),
  waiting: told("Reconnecting", "Go on speaking: it is kept here, and sent as soon as the connection is back.", "warn"),
  stopping: told("Stopping", "The last words are being stored. Keep this page open.", "quiet"),
};

/** @param {import("./host.js").Host} host @returns {Told} */
function offInWords({ stopped, kept, problem }) {
  if (problem) return told("Off the air", "", "error");
  if (!stopped) return told("Off the air", "Nobody hears you. Check your sound, then start.", "quiet");
  if (kept === null) return told("Off the air", "The session is over. What was said is kept.", "quiet");
  if (kept === 0) return told("Off the air", "The session is over. No words were recognised in it.", "quiet");
  return told("Off the air", `The session is over. ${kept} caption${kept === 1 ? " is" : "s are"} kept.`, "quiet");
}

/** Less than that is on its way whenever somebody speaks. */
const UNDELIVERED_MS = 1000;

/**
 * What went wrong, and what to do about it.
 * @param {{ code: string, message?: string, undeliveredMs?: number }} problem message: the server's words,
 * where it has some
 * @returns {{ title: string, text: string, offers: string[] }} offers: take-over, take-back, continue, anew, sign-in
 */
export function problemInWords({ code, message = "", undeliveredMs = 0 }) {
  const [title, text, offers = ""] = PROBLEMS[code] ?? ["That did not work", ""];
  const lost =
    undeliveredMs >= UNDELIVERED_MS ? ` The last ${lengthInWords(undeliveredMs)} of what you said could not be delivered.` : "";
  const what = text || message || "Try again. If it happens again, reload this page.";
  return { title, text: what + lost, offers: offers.split(" ") };
}

const WHERE_TO_ALLOW =
  "Open the site settings beside the address at the top of the browser, allow the microphone, then press Start again.";

/** @type {Record<string, [string, string, string?]>} */
const PROBLEMS = {
  insecure: [
    "No microphone on this address",
    "Browsers allow a microphone only on https:// addresses and on localhost. Open this page at such an address.",
  ],
  unsupported: ["This browser has no microphone", "Use a current Firefox, Chrome, Edge or Safari."],
  blocked: ["The microphone is not allowed", WHERE_TO_ALLOW],
  dismissed: ["The microphone was not allowed", "Press Start again, and allow the microphone when the browser asks."],
  "blocked-by-system": [
    "The system does not allow the microphone",
    "Allow this browser to use the microphone in the privacy settings of your computer or phone, then press Start again.",
  ],
  none: ["No microphone found", "Plug one in or switch it on, then press Start again. You can also use the sound of a tab or a file."],
  busy: [
    "The microphone cannot be opened",
    "Another program may be using it. Close that program, or choose another microphone, then press Start again.",
  ],
  gone: ["This microphone is not connected", "Plug it in again or choose another one, then press Start again."],
  "tab-unsupported": [
    "This browser does not share the sound of tabs",
    "Chrome and Edge on a computer do. Here you can use a microphone or an audio file.",
  ],
  "tab-cancelled": ["No tab was chosen", "Press Start again, and choose a tab to share with its sound."],
  "tab-without-sound": [
    "The tab is shared without its sound",
    "Press Start again, choose a tab (not a window), and leave the switch for sharing its sound on.",
  ],
  "tab-failed": ["The tab could not be shared", "Press Start again and choose another tab."],
  "file-missing": ["No file chosen", "Choose an audio file first."],
  "file-unreadable": ["This file cannot be played", "The browser does not know this kind of audio. WAV, MP3 and M4A files usually work."],
  failed: ["The sound could not be opened", "Press Start again. If it happens again, choose another microphone or reload this page."],
  "room.host_taken": ["Somebody else is on the air", "", "take-over"],
  "session.ours": ["Your earlier session is still open", "Continue it, or take over from it with a new one.", "continue take-over"],
  "room.superseded": ["Your session goes on elsewhere", "It was taken over in another tab or by another host. This page no longer listens.", "take-back"],
  "session.lease_lost": ["Your session goes on elsewhere", "It was taken over in another tab or by another host. This page no longer listens.", "take-back"],
  "session.over": ["That session is over", "It can no longer be continued. Start a new one.", "anew"],
  "session.unknown": ["That session is gone", "It can no longer be continued. Start a new one.", "anew"],
  "room.not_signed_in": ["You are signed out", "Sign in again, then start. What was said until now is kept.", "sign-in"],
  "room.not_allowed": ["You may not speak in this room", ""],
  "room.not_found": ["This room is gone", ""],
  "room.closed": ["This room is closed", ""],
  "socket.flooding": ["Too much came from this page", "It was stopped so that nobody else has to wait. Reload this page, then start again."],
  "spend.used_up": ["No speech time is left for today", ""],
  "upstream.refused": ["The speech service refused", ""],
  "upstream.gone": ["The speech service was away for too long", "The session was given up. What was stored until then is kept. Start a new one when the service is back.", "anew"],
};

/**
 * Something that happened to the sound meanwhile. Notices of one topic replace each other; one
 * without text takes the last one away.
 * @param {Record<string, string>} notice
 * @returns {{ topic: string, text: string, tone: Tone } | null} null where there is nothing to say
 */
export function noticeInWords(notice) {
  const { label, to } = { label: "the microphone", to: "another one", ...notice };
  switch (notice.code) {
    case "replaced":
      return { topic: "device", text: `${REASONS[notice.why] ?? REASONS.none}. Going on with “${to}”.`.replace("%", () => `“${label}”`), tone: "warn" };
    case "restarted":
      return { topic: "device", text: `“${label}” had stopped and was opened again.`, tone: "warn" };
    case "fallback":
      return { topic: "device", text: `“${label}” is not connected. Using “${to}” instead.`, tone: "warn" };
    case "none-left":
      return { topic: "device", text: `“${label}” is gone and there is no other microphone. Plug one in: it will be used at once.`, tone: "error" };
    case "forbidden":
      return { topic: "device", text: "The microphone is no longer allowed. Allow it in the site settings beside the address: it will be used at once.", tone: "error" };
    case "silent":
      return { topic: "silence", text: `No sound at all comes from “${label}”. Is it muted, or switched off?`, tone: "warn" };
    case "muted":
      return { topic: "silence", text: `“${label}” was muted by the system or by a call.`, tone: "warn" };
    case "sounds":
    case "unmuted":
      return { topic: "silence", text: "", tone: "quiet" };
    case "tab-ended":
      return { topic: "device", text: "The tab is no longer shared. Choose a microphone to go on, or press Stop.", tone: "warn" };
    case "file-ended":
      return { topic: "device", text: `“${label}” has ended.`, tone: "quiet" };
    case "lost":
      return { topic: "lost", text: "The connection is away for longer than can be kept here: the oldest of what you said is being lost.", tone: "error" };
    case "back":
      return { topic: "lost", text: backInWords(Number(notice.ms)), tone: Number(notice.ms) > 0 ? "warn" : "quiet" };
    case "well":
      return { topic: "lost", text: "", tone: "quiet" };
    case "slept":
      return { topic: "slept", text: `Nothing could be heard for ${lengthInWords(Number(notice.ms))}: this device or its sound stood still. The captions say so, and go on.`, tone: "warn" };
    case "unstored":
      return { topic: "store", text: "The database does not answer. Captions go on, and are stored as soon as it is back: keep this page open.", tone: "warn" };
    case "store.behind":
      return { topic: "store", text: notice.message, tone: "error" };
    case "stored":
      return { topic: "store", text: "", tone: "quiet" };
    case "anew":
      return { topic: "session", text: "That session had ended meanwhile. A new one has begun; what you said since is in it.", tone: "warn" };
    case "problem":
      return { topic: "server", text: notice.message, tone: "warn" };
    case "spend.near":
      return { topic: "spend", text: notice.message, tone: "warn" };
    case "wake-refused":
      return { topic: "screen", text: "The browser does not keep the screen on. Do not let the device go to sleep.", tone: "quiet" };
    case "wake-on":
      return { topic: "screen", text: "", tone: "quiet" };
    default:
      return null;
  }
}

/** @type {Record<string, string>} */
const REASONS = {
  unplugged: "% was disconnected",
  stalled: "% stopped sending sound",
  dead: "No sound came from %",
  none: "A microphone is back",
};

/**
 * How far the captions are behind, or what holds them up.
 * @param {{ behindMs: number | null, waitingMs: number }} lag
 */
export function lagInWords({ behindMs, waitingMs }) {
  if (waitingMs >= 1500) return `${lengthInWords(waitingMs)} waiting to be sent`;
  return behindMs === null ? "–" : `${(Math.max(0, behindMs) / 1000).toFixed(1)} s`;
}

/** Hours only where there are some: 0:07, 12:34, 1:02:03. @param {number} ms */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = `:${String(seconds % 60).padStart(2, "0")}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}${tail}` : `${minutes}${tail}`;
}

/**
 * What three recorded seconds tell about the sound.
 * @param {import("../audio/level.js").LevelWord} word
 * @returns {{ text: string, tone: Tone }}
 */
export function soundCheckInWords(word) {
  return SOUND_CHECKS[word];
}

/** @type {Record<string, { text: string, tone: Tone }>} */
const SOUND_CHECKS = {
  "no sound": { text: "Nothing was heard. Is the microphone muted, or is it another one?", tone: "error" },
  "too quiet": { text: "That was too quiet. Come closer to the microphone, or turn it up.", tone: "warn" },
  good: { text: "That was good. You are ready to start.", tone: "quiet" },
  "too loud": { text: "That was too loud and is distorted. Move back from the microphone, or turn it down.", tone: "warn" },
};
