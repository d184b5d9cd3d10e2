import assert from "node:assert/strict";
import test from "node:test";

import { spendInWords } from "../../../static/js/state/spend-words.js";

const MINUTE_MS = 60_000;
/** @param {number} used @param {number | null} left @param {object} [more] */
const words = (used, left, more = {}) =>
  spendInWords({
    used_ms: used * MINUTE_MS,
    left_ms: left === null ? null : left * MINUTE_MS,
    limit: left === null ? null : "room",
    near: false,
    ...more,
  });

test("without a limit there is only what is used", () => {
  assert.deepEqual(words(0, null), { text: "0 min used today", near: false });
  assert.equal(words(12, null).text, "12 min used today");
});

test("with one, what is left and whose limit it is", () => {
  assert.equal(words(12, 48).text, "12 min used today, 48 min left (limit of this room)");
  assert.equal(words(12, 48, { limit: "user" }).text, "12 min used today, 48 min left (limit of one account)");
  assert.equal(words(12, 48, { limit: "site" }).text, "12 min used today, 48 min left (limit of the whole site)");
});

test("a minute that has begun is used, so that both add up", () => {
  assert.equal(words(12.5, 47.5).text, "13 min used today, 47 min left (limit of this room)");
});

test("near the end it says only, not by its colour alone", () => {
  assert.deepEqual(words(52, 8, { near: true }), {
    text: "52 min used today, only 8 min left (limit of this room)",
    near: true,
  });
});

test("the last minute and the end have words of their own", () => {
  assert.equal(words(59.5, 0.5, { near: true }).text, "60 min used today, less than a minute left (limit of this room)");
  assert.equal(words(60.2, 0, { near: true }).text, "60 min used today, nothing left (limit of this room)");
});

test("a limit of another release is named as it is", () => {
  assert.match(words(1, 2, { limit: "galaxy" }).text, /galaxy/);
});
