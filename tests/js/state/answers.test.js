import assert from "node:assert/strict";
import test from "node:test";

import { answerTo, MOST_CHARACTERS } from "../../../static/js/state/answers.js";

test("what was said is said back inside a sentence", () => {
  assert.equal(answerTo(" good evening ", "You said: {text}"), "You said: good evening");
  assert.equal(answerTo("ja", "{text}? {text}!"), "ja? ja!");
});

test("a sentence without a place for it is said as it stands", () => {
  assert.equal(answerTo("good evening", "I heard you."), "I heard you.");
});

test("without a sentence it is said back as it is", () => {
  assert.equal(answerTo("good evening", "  "), "good evening");
});

test("what was said is never taken for a place or a pattern", () => {
  assert.equal(answerTo("{text} $& $1", "You said: {text}"), "You said: {text} $& $1");
});

test("a long one ends between two words, and never inside a letter", () => {
  const long = answerTo("word ".repeat(1000), "{text}");
  assert.ok(long.length <= MOST_CHARACTERS);
  assert.match(long, /word…$/);
  assert.equal([...answerTo("🎻".repeat(2000), "{text}")].length, MOST_CHARACTERS);
});

test("where nothing was said there is nothing to say back", () => {
  assert.equal(answerTo("", "{text}"), "");
});
