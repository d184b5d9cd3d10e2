// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { SETTINGS } from "../../../static/js/state/display.js";
import {
  BASE_PX,
  isSample,
  keyFrom,
  LANGUAGES,
  legibilityOf,
  NAMES,
  overlayDisplay,
  overlayFrom,
  overlayQuery,
  plainOverlay,
} from "../../../static/js/state/overlay.js";

const asked = (/** @type {string} */ query) => overlayFrom(new URLSearchParams(query));
/** What a query changes of the plain overlay's display. */
const look = (/** @type {string} */ query) => {
  const { display } = asked(query);
  return Object.fromEntries(Object.entries(display).filter(([name, value]) => value !== overlayDisplay[name]));
};
/** @param {Record<string, object>} table a look by the query that asks for it */
const looks = (table) => {
  for (const [query, expected] of Object.entries(table)) assert.deepEqual(look(query), expected, query);
};

test("nothing asked for is white on a dark box at the bottom, three lines, gone after ten seconds of silence", () => {
  assert.deepEqual(asked(""), plainOverlay);
  const { color, background, position, align, lines, clear } = overlayDisplay;
  assert.deepEqual({ color, background, position, align, lines, clear }, {
    color: "#ffffff",
    background: "#000000",
    position: "bottom",
    align: "center",
    lines: 3,
    clear: 10,
  });
});

test("each parameter is known by the names that streamers know", () => {
  assert.equal(asked("fs=48").basePx, 48);
  assert.equal(asked("font_size=48px").basePx, 48);
  looks({
    "color=ff0": { color: "#ffff00" },
    "fgc=%23ffff00": { color: "#ffff00" },
    "bg=navy": { background: "#000080" },
    "bgc=rgb(0,0,128)": { background: "#000080" },
    "bg_opacity=0.5": { "background-opacity": 50 },
    "align=left": { align: "start" },
    "align=Right": { align: "end" },
    "align=end": { align: "end" },
    "valign=top": { position: "top" },
    "valign=center": { position: "middle" },
    "lines=2": { lines: 2 },
    "font=Serif": { font: "serif" },
    "font=mono": { font: "monospace" },
    "font=Atkinson+Hyperlegible": { font: "atkinson" },
    "font=open-dyslexic": { font: "opendyslexic" },
    "outline": { edge: "outline" },
    "shadow=on": { edge: "shadow" },
    "uppercase=1": { uppercase: true },
    "interim=off": { interim: false },
    "delay=3": { delay: 3 },
    "clear=30": { clear: 30 },
  });
});

test("numbers are clamped", () => {
  assert.equal(asked("fs=1").basePx, 8);
  assert.equal(asked("fs=99999").basePx, 400);
  looks({
    "lines=0": { lines: 1 },
    "lines=99": { lines: 12 },
    "delay=-5": {},
    "delay=999": { delay: 60 },
    "clear=9999": { clear: 600 },
    "clear=-1": { clear: 0 },
    "bg_opacity=900": { "background-opacity": 100 },
    "bg_opacity=-3": { "background-opacity": 0 },
  });
});

test("an opacity up to 1 is a share, and above that a percentage", () => {
  looks({
    "bg_opacity=1": { "background-opacity": 100 },
    "bg_opacity=0": { "background-opacity": 0 },
    "bg_opacity=.4": { "background-opacity": 40 },
    "bg_opacity=0.4": { "background-opacity": 40 },
    "bg_opacity=40": { "background-opacity": 40 },
    "bg_opacity=1%25": { "background-opacity": 1 },
  });
});

test("a background may be none, and may bring its opacity", () => {
  for (const none of ["transparent", "none", "0"]) assert.deepEqual(look(`bg=${none}`), { background: "" });
  looks({
    "bg=%2300008080": { background: "#000080", "background-opacity": 50 },
    "bg=00008080&bg_opacity=20": { background: "#000080", "background-opacity": 20 },
  });
});

test("letters are never seen through", () => {
  assert.deepEqual(look("color=%23ffff0010"), { color: "#ffff00" });
});

test("an outline is a switch; what other overlays take for it switches it, too", () => {
  for (const on of ["on", "1", "2px", "3", "black", "%23000", "000"]) assert.deepEqual(look(`outline=${on}`), { edge: "outline" }, on);
  for (const off of ["off", "0", "0px", "none", "no", "thick"]) assert.deepEqual(look(`outline=${off}`), {}, off);
});

test("letters have one edge: the one that was switched on last", () => {
  looks({
    "outline=on&shadow=on": { edge: "shadow" },
    "shadow=on&outline=on": { edge: "outline" },
    "outline=on&shadow=off": { edge: "outline" },
    "outline=on&outline=off": {},
  });
});

test("captions stay for ever where they are never to be cleared", () => {
  for (const never of ["0", "never", "off"]) assert.deepEqual(look(`clear=${never}`), { clear: 0 });
});

test("a language is one of ours, whatever its region; another one is as if it had not been given", () => {
  assert.equal(asked("lang=de-AT").lang, "de");
  assert.equal(asked("lang=AR").lang, "ar");
  for (const other of ["fr", "", "deutsch", "de_<b>", "de--", "constructor"]) assert.equal(asked(`lang=${other}`).lang, "", other);
});

test("the last of two values holds, under whatever name, and nonsense holds never", () => {
  assert.equal(asked("fs=48&font_size=60&fs=huge").basePx, 60);
  assert.deepEqual(look("color=red&fgc=lime&color=url(x)"), { color: "#00ff00" });
});

test("what is not understood is counted and not kept", () => {
  const overlay = asked("fs=huge&onload=alert(1)&style=color:red&__proto__=x&constructor=x&fs=5vh&font=Comic+Sans");
  assert.deepEqual(overlay, { ...plainOverlay, unknown: 7 });
  assert.equal(asked("key=abc&sample=1&hl=de").unknown, 0);
});

test("a key is handed on; what cannot be one is handed on as none, and never left away", () => {
  const key = (/** @type {string} */ query) => keyFrom(new URLSearchParams(query));
  assert.equal(key("key=aB-_.9"), "aB-_.9");
  assert.equal(key("key=a&key=b"), "b");
  assert.equal(key(""), "");
  assert.equal(key("key="), "");
  for (const odd of ["<b>", "a b", "x".repeat(201), "%00", "مرحبا"]) assert.equal(key(`key=${odd}`), "-", odd);
});

test("what cannot be read is told from what can", () => {
  const worst = (/** @type {string} */ query) => legibilityOf(asked(query).display);
  assert.equal(worst(""), "");
  assert.equal(worst("color=black"), "colours");
  assert.equal(worst("color=black&outline=on"), "colours");
  assert.equal(worst("bg=none"), "picture");
  assert.equal(worst("bg_opacity=10"), "picture");
  assert.equal(worst("bg=none&outline=on"), "");
  assert.equal(worst("bg=white&color=black&bg_opacity=100"), "");
});

test("sample lines are shown where they are asked for", () => {
  for (const on of ["sample=1", "sample", "sample=ON"]) assert.ok(isSample(new URLSearchParams(on)), on);
  for (const off of ["", "sample=0", "sample=x"]) assert.ok(!isSample(new URLSearchParams(off)), off);
});

// --- whatever an address says ---

/** Numbers from 0 to 1, the same each time (mulberry32). @param {number} seed */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = seeded(20_261_126);
const below = (/** @type {number} */ count) => Math.floor(random() * count);
/** @template T @param {readonly T[]} list */
const one = (list) => list[below(list.length)];
const WORDS = [
  ..."on off 0 1 -1 1e9 NaN Infinity 0x10 48 48px 4.5 50% 200 transparent none left right center top bottom never".split(" "),
  ..."#fff #ffffff80 fff rgb(1,2,3) rgba(1,2,3,.5) rgb(999,999,999) yellow url(//evil.example) de de-CH ar-EG en fr".split(" "),
  ..."serif mono OpenDyslexic constructor __proto__ toString hasOwnProperty valueOf 1 8 400 401 60 600 12 0.5".split(" "),
  "", " ", "</style><script>alert(1)</script>", "red;}body{display:none", "expression(1)", "\\0", "\u0000", "١٢", "４８", "9".repeat(400),
];
const letters = () => Array.from({ length: below(12) }, () => String.fromCharCode(below(3) ? 32 + below(95) : below(0x2000))).join("");
const value = () => (below(4) ? one(WORDS) : letters());
const parameters = () =>
  /** @type {[string, string][]} */ (
    Array.from({ length: below(8) }, () => [below(6) ? one([...NAMES, "font_size", "fgc", "bgc"]) : value(), value()])
  );

test("what comes out is numbers within bounds, switches, colours and words of ours, whatever goes in", () => {
  for (let round = 0; round < 5000; round += 1) {
    const written = parameters();
    const overlay = overlayFrom(written);
    const { display, basePx, lang, unknown } = overlay;
    const said = JSON.stringify(written);
    assert.deepEqual(Object.keys(overlay).sort(), ["basePx", "display", "lang", "unknown"]);
    assert.deepEqual(Object.keys(display), Object.keys(overlayDisplay), said);
    assert.ok(basePx === null || (Number.isInteger(basePx) && basePx >= BASE_PX.low && basePx <= BASE_PX.high), said);
    assert.ok(lang === "" || LANGUAGES.includes(lang), said);
    assert.ok(Number.isInteger(unknown) && unknown >= 0 && unknown <= written.length, said);
    assert.ok(Number.isInteger(display.lines) && display.lines >= 1 && display.lines <= 12, said);
    for (const [name, setting] of Object.entries(SETTINGS)) {
      const shown = display[name];
      if (setting.kind === "number") assert.ok(shown >= setting.low && shown <= setting.high, said);
      if (setting.kind === "flag") assert.equal(typeof shown, "boolean", said);
      if (setting.kind === "choice") assert.ok(setting.values.includes(shown), said);
      if (setting.kind === "color") assert.match(shown, /^(?:|#[0-9a-f]{6})$/, said);
    }
  }
});

test("an address is made that comes back the same", () => {
  for (let round = 0; round < 3000; round += 1) {
    const overlay = { ...overlayFrom(parameters()), unknown: 0 };
    // Of a background that is none no opacity is kept.
    if (!overlay.display.background) overlay.display["background-opacity"] = overlayDisplay["background-opacity"];
    assert.deepEqual(asked(overlayQuery(overlay)), overlay, overlayQuery(overlay));
  }
  assert.equal(overlayQuery(plainOverlay), "");
});

test("an address holds letters, digits and little else", () => {
  for (let round = 0; round < 1000; round += 1) assert.match(overlayQuery(overlayFrom(parameters())), /^[\w=&.%-]*$/);
});
