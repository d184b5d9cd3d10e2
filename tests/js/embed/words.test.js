// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { languageFor } from "../../../static/js/embed/words.js";

test("words are those of the page's language where there are some, else English", () => {
  assert.equal(languageFor("de-AT", ["de", "ar"]), "de");
  assert.equal(languageFor("AR", ["de", "ar"]), "ar");
  assert.equal(languageFor("fr", ["de", "ar"]), "en");
  assert.equal(languageFor("", ["de", "ar"]), "en");
  assert.equal(languageFor("constructor", ["de"]), "en");
});
