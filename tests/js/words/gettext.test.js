// @ts-check
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { filled, gettext, language, ngettext, useCatalog } from "../../../static/js/words/gettext.js";

beforeEach(() => useCatalog({ language: "en", catalog: {} }));

test("without a catalog a text is as it stands in the code", () => {
  assert.equal(gettext("Speak"), "Speak");
  assert.equal(ngettext("line", "lines", 1), "line");
  assert.equal(ngettext("line", "lines", 0), "lines");
});

test("with one, what is in it is said in its language, and the rest is left", () => {
  useCatalog({ language: "de", catalog: { Speak: "Sprechen", empty: "" } });
  assert.equal(language(), "de");
  assert.equal(gettext("Speak"), "Sprechen");
  assert.equal(gettext("Listen"), "Listen");
  assert.equal(gettext("empty"), "empty");
  assert.equal(gettext("constructor"), "constructor");
});

test("each language has its own plural forms", () => {
  useCatalog({ language: "de", catalog: { line: ["Zeile", "Zeilen"] } });
  assert.deepEqual([0, 1, 2].map((count) => ngettext("line", "lines", count)), ["Zeilen", "Zeile", "Zeilen"]);
  useCatalog({ language: "ar", catalog: { line: ["0", "1", "2", "3-10", "11-99", "100"] } });
  const said = [0, 1, 2, 3, 10, 11, 99, 100].map((count) => ngettext("line", "lines", count));
  assert.deepEqual(said, ["0", "1", "2", "3-10", "3-10", "11-99", "11-99", "100"]);
});

test("values stand where their names are, whatever is in them", () => {
  assert.equal(filled("%(a)s of %(b)s", { a: 1, b: "%(a)s $& \\1" }), "1 of %(a)s $& \\1");
  assert.equal(filled("%(missing)s", {}), "%(missing)s");
});
