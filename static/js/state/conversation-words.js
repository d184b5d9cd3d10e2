// @ts-check
/** A conversation's state in words. Pure. */
import { gettext, gettextNoop } from "../words/gettext.js";

/** @typedef {import("./conversation.js").Conversation} Conversation */

/** @type {Record<import("./conversation.js").Phase, string>} */
const PHASES = {
  off: gettextNoop("Nobody listens. Press Start, then speak."),
  opening: gettextNoop("Opening the microphone. The browser may ask for your permission."),
  listening: gettextNoop("Listening: speak."),
  hearing: gettextNoop("You are heard."),
  thinking: gettextNoop("Making the answer."),
  answering: gettextNoop("Answering. Speak to interrupt."),
  interrupted: gettextNoop("Interrupted: go on, you are heard."),
  stopping: gettextNoop("Finishing your last words."),
};

/** @type {Record<string, string>} */
const REASONS = {
  asked: gettextNoop("Stopped. Nobody listens any more."),
  silence: gettextNoop("Nobody spoke for a while, so nobody listens any more. Press Start to go on."),
  time: gettextNoop("One conversation has an end, and this one was long. Press Start to go on."),
};

/**
 * One sentence on where it stands; read aloud when it changes, so nothing in it counts.
 * @param {Readonly<Conversation>} talk
 * @param {{ mayInterrupt: boolean }} page
 */
export function talkInWords({ phase, reason, problem }, { mayInterrupt }) {
  if (phase === "answering" && !mayInterrupt) return gettext("Answering. You are heard again when it is over.");
  if (phase === "off" && problem) return gettext("Nobody listens.");
  if (phase === "off" && reason) return gettext(REASONS[reason] ?? REASONS.asked);
  return gettext(PHASES[phase]);
}
