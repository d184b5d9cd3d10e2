import assert from "node:assert/strict";
import { test } from "node:test";

import { gapInWords, lengthInWords, viewerState } from "../../../static/js/state/words.js";

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
  assert.equal(viewerState("refused", { live: false, upstream: "" }, "This room is closed.").text, "This room is closed.");
});

test("a reader learns that captions are held up while the speech service is away", () => {
  assert.match(viewerState("open", { live: true, upstream: "lost" }).text, /held up/);
  assert.equal(viewerState("open", { live: true, upstream: "live" }).tone, "live");
});
