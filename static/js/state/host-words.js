// @ts-check
/** What a host is told, in words. Pure. */
import { isBusy } from "./host.js";
import { backInWords, isHeldUp, keptInWords, lengthInWords } from "./words.js";
import { filled, gettext, gettextNoop, ngettext } from "../words/gettext.js";

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
    const title = gettext("Reconnecting to the speech service");
    if (host.lostMs) return told(title, gettext("It is away for longer than can be kept: some of what you say is being lost."), "error");
    return told(title, gettext("Go on speaking: what you say is being kept, and its captions will follow."), "warn");
  }
  if (phase === "on" && upstream === "paused") {
    return told(gettext("On the air"), gettext("It has been quiet for long, so the speech service rests. Speak, and it goes on: nothing is lost."), "quiet");
  }
  if (phase === "stopping" && !host.linked) {
    return told(gettext("Stopping"), gettext("The connection is away. Your last words are kept here and sent when it is back: keep this page open."), "warn");
  }
  if (phase === "on" && upstream === "connecting") {
    return told(gettext("On the air"), gettext("You can speak. The speech service is about to begin."), "live");
  }
  return saidOf(PHASES[phase]);
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
  const waiting = filled(ngettext("%(count)s caption waits to be stored.", "%(count)s captions wait to be stored.", host.unstored), { count: host.unstored });
  return [kept, isBusy(host) && host.unstored > 0 && waiting].filter(Boolean).join(" ");
}

/** @param {string} title @param {string} text @param {Tone} tone @returns {Told} */
const told = (title, text, tone) => ({ title, text, tone });

/** @type {Record<string, Told>} */
const PHASES = {
  opening: told(gettextNoop("Opening the sound"), gettextNoop("The browser may ask for your permission."), "quiet"),
  connecting: told(gettextNoop("Connecting"), gettextNoop("You can speak already. Nothing is lost while it connects."), "quiet"),
  on: told(gettextNoop("On the air"), gettextNoop("What you say is written down for the room."), "live"),
  waiting: told(gettextNoop("Reconnecting"), gettextNoop("Go on speaking: it is kept here, and sent as soon as the connection is back."), "warn"),
  stopping: told(gettextNoop("Stopping"), gettextNoop("The last words are being stored. Keep this page open."), "quiet"),
};

/** @param {Told} told @returns {Told} */
const saidOf = ({ title, text, tone }) => ({ title: gettext(title), text: gettext(text), tone });

/** @param {import("./host.js").Host} host @returns {Told} */
function offInWords({ stopped, kept, problem }) {
  if (problem) return told(gettext("Off the air"), "", "error");
  if (!stopped) return told(gettext("Off the air"), gettext("Nobody hears you. Check your sound, then start."), "quiet");
  if (kept === null) return told(gettext("Off the air"), gettext("The session is over. What was said is kept."), "quiet");
  if (kept === 0) return told(gettext("Off the air"), gettext("The session is over. No words were recognised in it."), "quiet");
  const words = ngettext("The session is over. %(count)s caption is kept.", "The session is over. %(count)s captions are kept.", kept);
  return told(gettext("Off the air"), filled(words, { count: kept }), "quiet");
}

/** Less than that is on its way whenever somebody speaks. */
const UNDELIVERED_MS = 1000;

/**
 * What went wrong, and what to do about it.
 * @param {{ code: string, message?: string, undeliveredMs?: number, button?: string }} problem message: the server's words,
 * where it has some
 * @returns {{ title: string, text: string, offers: string[] }} offers: take-over, take-back, continue, anew, sign-in
 */
export function problemInWords({ code, message = "", undeliveredMs = 0, button = gettext("Start") }) {
  const [title, text, offers = ""] = PROBLEMS[code] ?? [gettextNoop("That did not work"), ""];
  const lost =
    undeliveredMs >= UNDELIVERED_MS ? ` ${filled(gettext("The last %(length)s of what you said could not be delivered."), { length: lengthInWords(undeliveredMs) })}` : "";
  const what = filled(gettext(text), { button }) || message || gettext("Try again. If it happens again, reload this page.");
  return { title: gettext(title), text: what + lost, offers: offers.split(" ") };
}

const WHERE_TO_ALLOW =
  gettextNoop("Open the site settings beside the address at the top of the browser, allow the microphone, then press %(button)s again.");

/** @type {Record<string, [string, string, string?]>} */
const PROBLEMS = {
  insecure: [
    gettextNoop("No microphone on this address"),
    gettextNoop("Browsers allow a microphone only on https:// addresses and on localhost. Open this page at such an address."),
  ],
  unsupported: [gettextNoop("This browser has no microphone"), gettextNoop("Use a current Firefox, Chrome, Edge or Safari.")],
  blocked: [gettextNoop("The microphone is not allowed"), WHERE_TO_ALLOW],
  dismissed: [gettextNoop("The microphone was not allowed"), gettextNoop("Press %(button)s again, and allow the microphone when the browser asks.")],
  "blocked-by-system": [
    gettextNoop("The system does not allow the microphone"),
    gettextNoop("Allow this browser to use the microphone in the privacy settings of your computer or phone, then press %(button)s again."),
  ],
  none: [gettextNoop("No microphone found"), gettextNoop("Plug one in or switch it on, then press %(button)s again. You can also use the sound of a tab or a file.")],
  busy: [
    gettextNoop("The microphone cannot be opened"),
    gettextNoop("Another program may be using it. Close that program, or choose another microphone, then press %(button)s again."),
  ],
  gone: [gettextNoop("This microphone is not connected"), gettextNoop("Plug it in again or choose another one, then press %(button)s again.")],
  "tab-unsupported": [
    gettextNoop("This browser does not share the sound of tabs"),
    gettextNoop("Chrome and Edge on a computer do. Here you can use a microphone or an audio file."),
  ],
  "tab-cancelled": [gettextNoop("No tab was chosen"), gettextNoop("Press %(button)s again, and choose a tab to share with its sound.")],
  "tab-without-sound": [
    gettextNoop("The tab is shared without its sound"),
    gettextNoop("Press %(button)s again, choose a tab (not a window), and leave the switch for sharing its sound on."),
  ],
  "tab-failed": [gettextNoop("The tab could not be shared"), gettextNoop("Press %(button)s again and choose another tab.")],
  "file-missing": [gettextNoop("No file chosen"), gettextNoop("Choose an audio file first.")],
  "file-unreadable": [gettextNoop("This file cannot be played"), gettextNoop("The browser does not know this kind of audio. WAV, MP3 and M4A files usually work.")],
  failed: [gettextNoop("The sound could not be opened"), gettextNoop("Press %(button)s again. If it happens again, choose another microphone or reload this page.")],
  "room.host_taken": [gettextNoop("Somebody else is on the air"), "", "take-over"],
  "session.ours": [gettextNoop("Your earlier session is still open"), gettextNoop("Continue it, or take over from it with a new one."), "continue take-over"],
  "room.superseded": [gettextNoop("Your session goes on elsewhere"), gettextNoop("It was taken over in another tab or by another host. This page no longer listens."), "take-back"],
  "session.lease_lost": [gettextNoop("Your session goes on elsewhere"), gettextNoop("It was taken over in another tab or by another host. This page no longer listens."), "take-back"],
  "session.over": [gettextNoop("That session is over"), gettextNoop("It can no longer be continued. Start a new one."), "anew"],
  "session.unknown": [gettextNoop("That session is gone"), gettextNoop("It can no longer be continued. Start a new one."), "anew"],
  "room.not_signed_in": [gettextNoop("You are signed out"), gettextNoop("Sign in again, then start. What was said until now is kept."), "sign-in"],
  "room.not_allowed": [gettextNoop("You may not speak in this room"), ""],
  "room.not_found": [gettextNoop("This room is gone"), ""],
  "room.closed": [gettextNoop("This room is closed"), ""],
  "socket.flooding": [gettextNoop("Too much came from this page"), gettextNoop("It was stopped so that nobody else has to wait. Reload this page, then start again.")],
  "spend.used_up": [gettextNoop("No speech time is left for today"), ""],
  "upstream.refused": [gettextNoop("The speech service refused"), ""],
  "upstream.gone": [gettextNoop("The speech service was away for too long"), gettextNoop("The session was given up. What was stored until then is kept. Start a new one when the service is back."), "anew"],
};

/**
 * Something that happened to the sound meanwhile. Notices of one topic replace each other; one
 * without text takes the last one away.
 * @param {Record<string, string>} notice
 * @returns {{ topic: string, text: string, tone: Tone } | null} null where there is nothing to say
 */
export function noticeInWords(notice) {
  const { label, to } = { label: gettext("the microphone"), to: gettext("another one"), ...notice };
  switch (notice.code) {
    case "replaced":
      return { topic: "device", text: filled(gettext(REASONS[notice.why] ?? REASONS.none), { label, to }), tone: "warn" };
    case "restarted":
      return { topic: "device", text: filled(gettext("“%(label)s” had stopped and was opened again."), { label }), tone: "warn" };
    case "fallback":
      return { topic: "device", text: filled(gettext("“%(label)s” is not connected. Using “%(to)s” instead."), { label, to }), tone: "warn" };
    case "none-left":
      return { topic: "device", text: filled(gettext("“%(label)s” is gone and there is no other microphone. Plug one in: it will be used at once."), { label }), tone: "error" };
    case "forbidden":
      return { topic: "device", text: gettext("The microphone is no longer allowed. Allow it in the site settings beside the address: it will be used at once."), tone: "error" };
    case "silent":
      return { topic: "silence", text: filled(gettext("No sound at all comes from “%(label)s”. Is it muted, or switched off?"), { label }), tone: "warn" };
    case "muted":
      return { topic: "silence", text: filled(gettext("“%(label)s” was muted by the system or by a call."), { label }), tone: "warn" };
    case "sounds":
    case "unmuted":
      return { topic: "silence", text: "", tone: "quiet" };
    case "tab-ended":
      return { topic: "device", text: gettext("The tab is no longer shared. Choose a microphone to go on, or press Stop."), tone: "warn" };
    case "file-ended":
      return { topic: "device", text: filled(gettext("“%(label)s” has ended."), { label }), tone: "quiet" };
    case "lost":
      return { topic: "lost", text: gettext("The connection is away for longer than can be kept here: the oldest of what you said is being lost."), tone: "error" };
    case "back":
      return { topic: "lost", text: backInWords(Number(notice.ms)), tone: Number(notice.ms) > 0 ? "warn" : "quiet" };
    case "well":
      return { topic: "lost", text: "", tone: "quiet" };
    case "slept":
      return { topic: "slept", text: filled(gettext("Nothing could be heard for %(length)s: this device or its sound stood still. The captions say so, and go on."), { length: lengthInWords(Number(notice.ms)) }), tone: "warn" };
    case "unstored":
      return { topic: "store", text: gettext("The database does not answer. Captions go on, and are stored as soon as it is back: keep this page open."), tone: "warn" };
    case "store.behind":
      return { topic: "store", text: notice.message, tone: "error" };
    case "stored":
      return { topic: "store", text: "", tone: "quiet" };
    case "anew":
      return { topic: "session", text: gettext("That session had ended meanwhile. A new one has begun; what you said since is in it."), tone: "warn" };
    case "problem":
      return { topic: "server", text: notice.message, tone: "warn" };
    case "speech":
      return { topic: "speech", text: notice.message, tone: "warn" };
    case "spend.near":
      return { topic: "spend", text: notice.message, tone: "warn" };
    case "wake-refused":
      return { topic: "screen", text: gettext("The browser does not keep the screen on. Do not let the device go to sleep."), tone: "quiet" };
    case "wake-on":
      return { topic: "screen", text: "", tone: "quiet" };
    default:
      return null;
  }
}

/** @type {Record<string, string>} */
const REASONS = {
  unplugged: gettextNoop("“%(label)s” was disconnected. Going on with “%(to)s”."),
  stalled: gettextNoop("“%(label)s” stopped sending sound. Going on with “%(to)s”."),
  dead: gettextNoop("No sound came from “%(label)s”. Going on with “%(to)s”."),
  none: gettextNoop("A microphone is back. Going on with “%(to)s”."),
};

/**
 * How far the captions are behind, or what holds them up.
 * @param {{ behindMs: number | null, waitingMs: number }} lag
 */
export function lagInWords({ behindMs, waitingMs }) {
  if (waitingMs >= 1500) return filled(gettext("%(length)s waiting to be sent"), { length: lengthInWords(waitingMs) });
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
  const { text, tone } = SOUND_CHECKS[word];
  return { text: gettext(text), tone };
}

/** @type {Record<string, { text: string, tone: Tone }>} */
const SOUND_CHECKS = {
  "no sound": { text: gettextNoop("Nothing was heard. Is the microphone muted, or is it another one?"), tone: "error" },
  "too quiet": { text: gettextNoop("That was too quiet. Come closer to the microphone, or turn it up."), tone: "warn" },
  good: { text: gettextNoop("That was good. You are ready to start."), tone: "quiet" },
  "too loud": { text: gettextNoop("That was too loud and is distorted. Move back from the microphone, or turn it down."), tone: "warn" },
};
