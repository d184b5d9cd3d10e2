// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { colorFrom, computedColor, contrast, mixed } from "../../../static/js/state/colors.js";

test("colours are taken as people write them", () => {
  assert.equal(colorFrom("#FFD23F"), "#ffd23f");
  assert.equal(colorFrom("ffd23f"), "#ffd23f");
  assert.equal(colorFrom(" #fc0 "), "#ffcc00");
  assert.equal(colorFrom("Yellow"), "#ffff00");
});

test("what is no colour is none, whatever else it is", () => {
  for (const text of ["", "#12345", "url(x)", "red;background:blue", "#ggg", "rgb(1,2,3)", "constructor", "</style>"]) {
    assert.equal(colorFrom(text), undefined, text);
  }
});

test("contrast is that of WCAG", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.equal(contrast("#777777", "#777777"), 1);
  assert.ok(Math.abs(contrast("#767676", "#ffffff") - 4.54) < 0.01);
});

test("an opacity lets the ground through", () => {
  assert.equal(mixed("#000000", 0.5, "#ffffff"), "#808080");
  assert.equal(mixed("#123456", 1, "#ffffff"), "#123456");
  assert.equal(mixed("#123456", 0, "#ffffff"), "#ffffff");
});

test("a computed colour is a colour unless nothing is painted", () => {
  assert.equal(computedColor("rgb(1, 2, 255)"), "#0102ff");
  assert.equal(computedColor("rgba(0, 0, 0, 0)"), undefined);
  assert.equal(computedColor("transparent"), undefined);
});
