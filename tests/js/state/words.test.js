import assert from "node:assert/strict";
import { test } from "node:test";

import { backInWords, gapInWords, keptInWords, lengthInWords, viewerCount, viewerState } from "../../../static/js/state/words.js";

const OFF = { live: false, upstream: "" };

test("a length of time is said in its two largest units", () => {
  const said = [10, 12_400, 119_000, 180_000, 3_600_000, 3_780_000].map(lengthInWords);
  assert.deepEqual(said, ["1 s", "12 s", "1 min 59 s", "3 min", "1 h", "1 h 3 min"]);
});

test("a gap says for how long there are no captions", () => {
  assert.equal(gapInWords({ duration_ms: 5000 }), "[no captions for 5 s: the audio was lost]");
});

test("each state of a connection has words of its own", () => {
  const log = { live: false, upstream: "" };
  const all = ["connecting", "waiting", "refused", "open"].map((state) => viewerState(state, log).text);
  assert.equal(new Set(all).size, 4);
});

test("a refusal is told in the server's words", () => {
  assert.equal(viewerState("refused", OFF, { reason: "This room is closed." }).text, "This room is closed.");
});

test("a closed room says that it is asked again", () => {
  const { text } = viewerState("refused", OFF, { reason: "This room is closed.", asksAgain: true });
  assert.equal(text, "This room is closed. When it is open again, captions go on here.");
});

test("a session that has ended is told from nobody being there", () => {
  assert.equal(viewerState("open", { live: false, upstream: "ended" }).text, "The session is over. Nobody is on the air.");
  assert.equal(viewerState("open", OFF).text, "Connected. Nobody is on the air.");
});

test("a speaker who is quiet for long is simply on the air", () => {
  assert.deepEqual(viewerState("open", { live: true, upstream: "paused" }), { text: "On the air", tone: "quiet" });
});

test("what is read aloud to a reader does not count the seconds", () => {
  const second = (n) => [
    viewerState("open", { live: true, upstream: "lost", keptMs: n * 1000 }),
    viewerState("open", { live: true, upstream: "lost", keptMs: 60_000, lostMs: n * 1000 }),
    viewerState("waiting", OFF),
  ];
  assert.deepEqual(second(1), second(12));
});

test("a beginning is held up only when it takes long", () => {
  const beginning = (keptMs) => viewerState("open", { live: true, upstream: "connecting", keptMs }).text;
  assert.match(beginning(1000), /about to begin/);
  assert.match(beginning(8000), /held up/);
});

test("beside it, the seconds count", () => {
  const away = { live: true, upstream: "lost", keptMs: 12_000, lostMs: 0 };
  assert.equal(viewerCount("open", away, 0), "Kept: 12 s.");
  assert.equal(viewerCount("open", { ...away, lostMs: 3000 }, 0), "Kept: 12 s. Lost: 3 s.");
  assert.equal(viewerCount("waiting", away, 14_000), "For 14 s. What is said meanwhile will follow.");
  assert.equal(viewerCount("waiting", away, 500), "");
  assert.equal(viewerCount("open", { live: true, upstream: "live" }, 0), "");
});

test("what is kept and what is lost is said only where there is some", () => {
  assert.equal(keptInWords({}), "");
  assert.equal(keptInWords({ lostMs: 400 }), "Lost: 1 s.");
});

test("when captions are back, it is said what that has cost", () => {
  assert.deepEqual([0, 1000, 65_000].map(backInWords), [
    "Back. Nothing was lost.",
    "Back. Lost: 1 s.",
    "Back. Lost: 1 min 5 s.",
  ]);
});

test("a reader learns that captions are held up while the speech service is away", () => {
  assert.match(viewerState("open", { live: true, upstream: "lost" }).text, /held up/);
  assert.equal(viewerState("open", { live: true, upstream: "live" }).tone, "live");
});
