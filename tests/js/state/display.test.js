// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { contrastIn } from "../../../static/js/state/contrast.js";
import {
  changesIn,
  displayFrom,
  initialDisplay,
  parseSetting,
  queryOf,
  SETTINGS,
  stylesOf,
  themeOf,
} from "../../../static/js/state/display.js";

const shown = (/** @type {Record<string, unknown>} */ changes) => displayFrom(Object.entries(changes));

test("numbers are taken with and without their unit, and clamped", () => {
  assert.equal(parseSetting("size", "150"), 150);
  assert.equal(parseSetting("size", " 150% "), 150);
  assert.equal(parseSetting("size", "9999"), 300);
  assert.equal(parseSetting("size", "-3"), 50);
  assert.equal(parseSetting("delay", "12s"), 12);
});

test("what makes no sense is as if it had not been given", () => {
  for (const written of ["", "big", "NaN", "Infinity", "1e9", "12;color:red", "0x10", "１５０", null, {}, [], undefined]) {
    assert.equal(parseSetting("size", written), undefined, String(written));
  }
  assert.equal(parseSetting("font", "Comic Sans"), undefined);
  assert.equal(parseSetting("__proto__", "1"), undefined);
  assert.equal(parseSetting("constructor", "1"), undefined);
});

test("a switch is written as people write switches; without a value it is on", () => {
  for (const written of ["", "1", "on", "TRUE", "yes", true]) assert.equal(parseSetting("uppercase", written), true);
  for (const written of ["0", "off", "False", "no", false]) assert.equal(parseSetting("interim", written), false);
  assert.equal(parseSetting("interim", "perhaps"), undefined);
});

test("the last of two values holds, and unknown names are left out", () => {
  const display = displayFrom([["size", "120"], ["size", "140"], ["size", "huge"], ["onclick", "alert(1)"]]);
  assert.deepEqual(changesIn(display), { size: 140 });
});

test("a display goes into an address and comes back the same", () => {
  const display = shown({ size: 220, color: "#ff0", interim: "off", font: "atkinson", "word-spacing": 30, theme: "dark" });
  const query = queryOf(display);
  assert.deepEqual(displayFrom(new URLSearchParams(query)), display);
  assert.equal(queryOf(initialDisplay), "");
});

test("a value that was put back is no change; one that is put back to the theme's says so in a link", () => {
  const kept = shown({ color: "#ffff00" });
  const back = displayFrom([["color", ""]], kept);
  assert.deepEqual(changesIn(back), {});
  assert.deepEqual(displayFrom(new URLSearchParams(queryOf(back, kept)), kept), back);
});

test("contrast counts what shines through", () => {
  assert.ok(contrastIn(initialDisplay, "light") > 15);
  assert.ok(contrastIn(shown({ color: "#777777" }), "dark") < 4.5);
  assert.ok(contrastIn(shown({ color: "#ffffff" }), "light") < 1.2);
  assert.ok(contrastIn(shown({ color: "#ffffff", background: "#000000", "background-opacity": 100 }), "light") === 21);
  assert.ok(contrastIn(shown({ color: "#ffffff", background: "#000000", "background-opacity": 20 }), "light") < 2);
  assert.ok(contrastIn(shown({ color: "#ffffff", window: "#000000", "window-opacity": 100 }), "light") === 21);
});

test("the themes of high contrast are of high contrast", () => {
  assert.ok(contrastIn(initialDisplay, "contrast-dark") > 15);
  assert.ok(contrastIn(initialDisplay, "contrast-light") === 21);
});

test("the system's theme follows the system", () => {
  assert.equal(themeOf(initialDisplay, true), "dark");
  assert.equal(themeOf(initialDisplay, false), "light");
  assert.equal(themeOf(shown({ theme: "light" }), true), "light");
});

test("styles are made of numbers and of words of our own, whatever was written", () => {
  const harmless = /^(?:[\w #.,%()"'-]*|null)$/;
  const nasty = ["red;}body{display:none", "url(//evil.example)", "</style><script>", "expression(1)", "\\0", "9".repeat(5000)];
  for (const name of Object.keys(SETTINGS)) {
    for (const written of nasty) {
      for (const value of Object.values(stylesOf(shown({ [name]: written })))) assert.match(String(value), harmless);
    }
  }
});

test("an edge stands out against its text", () => {
  assert.equal(stylesOf(shown({ edge: "outline", color: "#ffffff" }))["--caption-edge-color"], "#000000");
  assert.equal(stylesOf(shown({ edge: "outline", color: "#000000" }))["--caption-edge-color"], "#ffffff");
  assert.equal(stylesOf(initialDisplay)["--caption-edge"], null);
});
