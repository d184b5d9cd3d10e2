// @ts-check
/**
 * Where a conversation stands: who speaks, what was said, what is being answered. Pure.
 *
 * off ─ open ─▶ opening ─ ready ─▶ listening ─ interim ─▶ hearing ─ final ─▶ thinking ─ sounding ─▶ answering
 *
 * and from there back to listening. Whoever speaks while it thinks or answers interrupts it: words (an `interim`)
 * lead to hearing, a voice alone (`loud`) to interrupted. `answer` numbers the answer that is wanted now; when it
 * changes, the page stops the one before, and asks for another where it is not 0.
 *
 * @typedef {"off" | "opening" | "listening" | "hearing" | "thinking" | "answering" | "interrupted" | "stopping"} Phase
 * @typedef {{ who: "person" | "answer", text: string, cut: boolean }} Turn `cut`: it was interrupted
 * @typedef {object} Conversation
 * @property {Phase} phase
 * @property {string} interim words that may still change
 * @property {readonly Turn[]} turns
 * @property {number} answer the answer that is wanted now, 0 for none
 * @property {number} answers how many there were
 * @property {string} problem what went wrong, in words
 * @property {"" | "asked" | "silence" | "time"} reason why it is off again
 */

/** More than that is a talk, not a try: the oldest go. */
export const MOST_TURNS = 200;

/** @type {Readonly<Conversation>} */
export const nobodyTalks = Object.freeze({
  phase: "off",
  interim: "",
  turns: Object.freeze([]),
  answer: 0,
  answers: 0,
  problem: "",
  reason: "",
});

/** Whether the microphone is in use. @param {Readonly<Conversation>} talk */
export const isOn = ({ phase }) => phase !== "off";

/** Whether a voice is being listened to. @param {Readonly<Conversation>} talk */
const isOpen = ({ phase }) => !["off", "opening", "stopping"].includes(phase);

/**
 * @param {Readonly<Conversation>} talk
 * @param {any} event see the cases
 * @returns {Readonly<Conversation>} the same one where nothing changed
 */
export function applyTalk(talk, event) {
  switch (event.type) {
    case "open":
      return isOn(talk) ? talk : { ...talk, phase: "opening", interim: "", problem: "", reason: "" };
    case "ready":
      return talk.phase === "opening" ? { ...talk, phase: "listening" } : talk;
    case "interim":
      return heard(talk, event.text.trim());
    case "loud":
      return talk.phase === "answering" ? { ...interrupted(talk), phase: "interrupted" } : talk;
    case "final":
      return said(talk, event.text.trim());
    case "sounding":
      return sounding(talk, event);
    case "ended":
      return isWanted(talk, event) ? { ...talk, answer: 0, phase: "listening" } : talk;
    case "failed":
      return isWanted(talk, event) ? { ...talk, answer: 0, phase: "listening", problem: event.message } : talk;
    case "problem":
      return { ...talk, problem: event.message };
    case "stop":
      return isOn(talk) ? { ...interrupted(talk), phase: "stopping" } : talk;
    case "stopped":
      return { ...interrupted(talk), phase: "off", interim: "", reason: event.reason };
    case "refused":
      return { ...interrupted(talk), phase: "off", interim: "", problem: event.message };
    default:
      return talk;
  }
}

/** @param {Readonly<Conversation>} talk @param {string} text */
function heard(talk, text) {
  if (talk.phase === "stopping") return { ...talk, interim: text };
  if (!isOpen(talk)) return talk;
  if (text) return { ...interrupted(talk), phase: "hearing", interim: text, problem: "" };
  const came = talk.phase === "hearing" || talk.phase === "interrupted";
  return { ...talk, interim: "", phase: came ? "listening" : talk.phase };
}

/** @param {Readonly<Conversation>} talk @param {string} text */
function said(talk, text) {
  if (!text || !(isOpen(talk) || talk.phase === "stopping")) return talk;
  const before = interrupted(talk);
  const turns = withTurn(before.turns, { who: "person", text, cut: false });
  if (talk.phase === "stopping") return { ...before, turns, interim: "" };
  const answers = talk.answers + 1;
  return { ...before, turns, interim: "", phase: "thinking", answers, answer: answers, problem: "" };
}

/** @param {Readonly<Conversation>} talk @param {{ answer: number, text: string }} event */
function sounding(talk, event) {
  if (!isWanted(talk, event) || talk.phase !== "thinking") return talk;
  return { ...talk, phase: "answering", turns: withTurn(talk.turns, { who: "answer", text: event.text, cut: false }) };
}

/** @param {Readonly<Conversation>} talk @param {{ answer: number }} event @returns {boolean} */
const isWanted = (talk, event) => event.answer !== 0 && event.answer === talk.answer;

/** The answer, if there is one, is not wanted any more. @param {Readonly<Conversation>} talk @returns {Conversation} */
function interrupted(talk) {
  const turns = talk.phase === "answering" ? talk.turns.with(-1, { ...talk.turns[talk.turns.length - 1], cut: true }) : talk.turns;
  return { ...talk, turns, answer: 0 };
}

/** @param {readonly Turn[]} turns @param {Turn} turn */
const withTurn = (turns, turn) => [...turns, turn].slice(-MOST_TURNS);
