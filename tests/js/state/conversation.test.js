import assert from "node:assert/strict";
import test from "node:test";

import { applyTalk, MOST_TURNS, nobodyTalks } from "../../../static/js/state/conversation.js";
import { talkInWords } from "../../../static/js/state/conversation-words.js";

const OPEN = { type: "open" };
const READY = { type: "ready" };
const LOUD = { type: "loud" };
const interim = (text) => ({ type: "interim", text });
const final = (text) => ({ type: "final", text });
const sounding = (answer = 1) => ({ type: "sounding", answer, text: `answer ${answer}` });
const ended = (answer = 1) => ({ type: "ended", answer });

/** @param {...any} events */
const after = (...events) => events.reduce(applyTalk, nobodyTalks);
const listening = [OPEN, READY];
const answering = [...listening, interim("good"), final("good evening"), sounding()];
const turns = (talk) => talk.turns.map(({ who, text, cut }) => `${who}: ${text}${cut ? " (cut)" : ""}`);

test("it goes from listening over hearing and thinking to answering, and back", () => {
  assert.equal(after(OPEN).phase, "opening");
  assert.equal(after(...listening).phase, "listening");
  assert.equal(after(...listening, interim("good")).phase, "hearing");
  assert.equal(after(...listening, final("good evening")).phase, "thinking");
  assert.equal(after(...answering).phase, "answering");
  assert.equal(after(...answering, ended()).phase, "listening");
});

test("what was said and what was answered stand one after the other", () => {
  assert.deepEqual(turns(after(...answering, ended())), ["person: good evening", "answer: answer 1"]);
});

test("words while the answer sounds stop it", () => {
  const talk = after(...answering, interim("no"));
  assert.deepEqual([talk.phase, talk.answer, talk.interim], ["hearing", 0, "no"]);
  assert.deepEqual(turns(talk), ["person: good evening", "answer: answer 1 (cut)"]);
});

test("a voice alone stops it as well, before there are words", () => {
  const talk = after(...answering, LOUD);
  assert.deepEqual([talk.phase, talk.answer], ["interrupted", 0]);
  assert.equal(after(...answering, LOUD, interim("no")).phase, "hearing");
  assert.equal(after(...answering, LOUD, interim("")).phase, "listening", "it was a cough");
});

test("a voice stops nothing where nothing sounds", () => {
  for (const events of [listening, [...listening, interim("a")], [...listening, final("a")]]) {
    assert.equal(after(...events, LOUD).phase, after(...events).phase);
  }
});

test("an interim without words stops nothing", () => {
  assert.equal(after(...answering, interim(" ")).phase, "answering");
});

test("who goes on speaking while it thinks is answered once, to what came last", () => {
  const talk = after(...listening, final("one"), final("two"));
  assert.deepEqual([talk.phase, talk.answer], ["thinking", 2]);
  assert.equal(applyTalk(talk, sounding(1)), talk, "the first answer comes too late");
  assert.equal(applyTalk(talk, sounding(2)).phase, "answering");
});

test("words while it thinks take the answer away", () => {
  const talk = after(...listening, final("one"), interim("and"));
  assert.deepEqual([talk.phase, talk.answer], ["hearing", 0]);
});

test("what an answer tells that is not wanted any more changes nothing", () => {
  const talk = after(...answering, interim("no"));
  for (const event of [ended(), sounding(), { type: "failed", answer: 1, message: "broken" }]) {
    assert.equal(applyTalk(talk, event), talk);
  }
});

test("an answer that fails says why, and it listens on", () => {
  const talk = after(...listening, final("one"), { type: "failed", answer: 1, message: "no voice" });
  assert.deepEqual([talk.phase, talk.answer, talk.problem], ["listening", 0, "no voice"]);
  assert.equal(after(...listening, final("one"), { type: "failed", answer: 1, message: "no voice" }, interim("a")).problem, "");
});

test("a stop silences the answer and takes the last words without answering them", () => {
  const talk = after(...answering, { type: "stop" }, interim("so"), final("so long"));
  assert.deepEqual([talk.phase, talk.answer], ["stopping", 0]);
  assert.deepEqual(turns(talk).at(-1), "person: so long");
  const over = applyTalk(talk, { type: "stopped", reason: "asked" });
  assert.deepEqual([over.phase, over.reason, over.interim], ["off", "asked", ""]);
});

test("whatever ends it ends the answer", () => {
  const talk = after(...answering, { type: "refused", message: "gone" });
  assert.deepEqual([talk.phase, talk.answer, talk.problem], ["off", 0, "gone"]);
  assert.equal(turns(talk).at(-1), "answer: answer 1 (cut)");
});

test("nothing is heard before it begins or after it is over", () => {
  for (const talk of [nobodyTalks, after(OPEN)]) {
    assert.equal(applyTalk(talk, interim("a")), talk);
    assert.equal(applyTalk(talk, final("a")), talk);
  }
});

test("a new beginning keeps what was said", () => {
  const talk = after(...answering, { type: "stopped", reason: "silence" }, ...listening);
  assert.deepEqual([talk.phase, talk.reason, talk.turns.length], ["listening", "", 2]);
});

test("the list does not grow for ever", () => {
  const many = Array.from({ length: 2 * MOST_TURNS }, (_, number) => final(`${number}`));
  const talk = after(...listening, ...many);
  assert.equal(talk.turns.length, MOST_TURNS);
  assert.equal(talk.turns.at(-1).text, `${2 * MOST_TURNS - 1}`);
});

test("each state has words, and each end says how to go on", () => {
  const page = { mayInterrupt: true };
  assert.match(talkInWords(nobodyTalks, page), /Press Start/);
  assert.match(talkInWords(after(...answering), page), /Speak to interrupt/);
  assert.match(talkInWords(after(...answering), { mayInterrupt: false }), /heard again when it is over/);
  assert.match(talkInWords(after(...listening, { type: "stopped", reason: "silence" }), page), /Press Start to go on/);
});
