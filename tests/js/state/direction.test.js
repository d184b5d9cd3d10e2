import assert from "node:assert/strict";
import { test } from "node:test";

import { directionOf } from "../../../static/js/state/direction.js";

test("languages written from right to left say so, by language or by script", () => {
  for (const language of ["ar-EG", "he-IL", "fa", "ur-PK", "pa-Arab-PK", "AR"]) assert.equal(directionOf(language), "rtl");
});

test("every other text finds its own direction", () => {
  for (const language of ["en-US", "hi-IN", "pa-Guru-IN", "ar-Latn", "", undefined]) {
    assert.equal(directionOf(language), "auto");
  }
});
