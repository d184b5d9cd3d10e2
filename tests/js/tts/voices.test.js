import assert from "node:assert/strict";
import { test } from "node:test";
import { facets, fitting } from "../../../static/js/tts/voices.js";

const voice = (id, more = {}) => ({ id, name: id, locales: ["en-US"], gender: "female", age: "", description: "", styles: [], ...more });
const VOICES = [
  voice("ann", { name: "Ann (calm)", styles: ["calm"] }),
  voice("bob", { gender: "male", locales: ["en-GB", "de-DE"] }),
  voice("cleo", { locales: ["fr-FR"], description: "bright and quick" }),
];
const NONE = { words: "", language: "", gender: "", style: "" };
const ids = (wanted, pins) => fitting(VOICES, { ...NONE, ...wanted }, pins).map(({ id }) => id);

test("without a wish all fit, in the provider's order", () => {
  assert.deepEqual(ids({}), ["ann", "bob", "cleo"]);
});

test("every word has to be found, anywhere", () => {
  assert.deepEqual(ids({ words: "CALM ann" }), ["ann"]);
  assert.deepEqual(ids({ words: "quick" }), ["cleo"]);
  assert.deepEqual(ids({ words: "ann quick" }), []);
});

test("language, gender and style each narrow", () => {
  assert.deepEqual(ids({ language: "de" }), ["bob"]);
  assert.deepEqual(ids({ gender: "female", language: "en" }), ["ann"]);
  assert.deepEqual(ids({ style: "calm" }), ["ann"]);
});

test("pinned ones come first, if they fit", () => {
  assert.deepEqual(ids({}, ["cleo", "gone"]), ["cleo", "ann", "bob"]);
  assert.deepEqual(ids({ language: "en" }, ["cleo"]), ["ann", "bob"]);
});

test("what voices differ by is listed once and in order", () => {
  assert.deepEqual(facets(VOICES), { languages: ["de", "en", "fr"], genders: ["female", "male"], styles: ["calm"] });
});

test("a language that is found out by itself is none to choose", () => {
  assert.deepEqual(facets([voice("a", { locales: ["hi-IN", "auto"] })]).languages, ["hi"]);
});
