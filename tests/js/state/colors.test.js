// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { colorFrom } from "../../../static/js/state/colors.js";
import { contrast, mixed } from "../../../static/js/state/contrast.js";
import { paintFrom } from "../../../static/js/state/paint.js";

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

test("a colour may bring its opacity", () => {
  assert.deepEqual(paintFrom("#00000080"), { color: "#000000", opacity: 50 });
  assert.deepEqual(paintFrom("fc08"), { color: "#ffcc00", opacity: 53 });
  assert.deepEqual(paintFrom("RGB(255, 204, 0)"), { color: "#ffcc00", opacity: null });
  assert.deepEqual(paintFrom("rgb(255 204 0 / 25%)"), { color: "#ffcc00", opacity: 25 });
  assert.deepEqual(paintFrom("rgba(300,0,0,0.4)"), { color: "#ff0000", opacity: 40 });
  assert.deepEqual(paintFrom("yellow"), { color: "#ffff00", opacity: null });
});

test("what is no colour brings none", () => {
  const nothing = ["", "rgb()", "rgb(1,2)", "rgb(1,2,3,4,5)", "rgb(1.2.3,4,5)", "rgb(-1,2,3)", "rgb(1%,2,3)", "rgb(1,2,3);x", "#00000", "var(--x)"];
  for (const text of nothing) assert.equal(paintFrom(text), undefined, text);
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
