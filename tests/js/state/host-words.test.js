import assert from "node:assert/strict";
import test from "node:test";

import { offTheAir } from "../../../static/js/state/host.js";
import {
  clock,
  hostInWords,
  lagInWords,
  noticeInWords,
  problemInWords,
  soundCheckInWords,
} from "../../../static/js/state/host-words.js";

const host = (changes) => hostInWords({ ...offTheAir, ...changes });

test("every phase has a title and a tone", () => {
  for (const phase of ["off", "opening", "connecting", "on", "waiting", "stopping"]) {
    assert.ok(host({ phase }).title, phase);
    assert.ok(host({ phase }).tone, phase);
  }
});

test("off the air says what was kept", () => {
  assert.match(host({ stopped: true, kept: 1 }).text, /1 caption is kept/);
  assert.match(host({ stopped: true, kept: 7 }).text, /7 captions are kept/);
  assert.match(host({ stopped: true, kept: 0 }).text, /No words/);
  assert.match(host({ stopped: true, kept: null }).text, /is over/);
});

test("a speech service that is away is told without alarm for the words", () => {
  assert.deepEqual(host({ phase: "on", upstream: "lost" }).title, "On the air");
  assert.match(host({ phase: "on", upstream: "lost" }).text, /will follow/);
});

test("each problem says what to do; a server's own words are kept", () => {
  for (const code of ["insecure", "blocked", "dismissed", "none", "busy", "gone", "tab-without-sound", "file-unreadable"]) {
    assert.ok(problemInWords({ code }).text.length > 20, code);
  }
  assert.equal(problemInWords({ code: "upstream.refused", message: "No such language." }).text, "No such language.");
  assert.match(problemInWords({ code: "what-is-this" }).text, /reload/);
});

test("a warning that little time is left stands beside other notices", () => {
  const { topic, text, tone } = noticeInWords({ code: "spend.near", message: "8 min are left." });
  assert.deepEqual([topic, text, tone], ["spend", "8 min are left.", "warn"]);
});

test("only what may be taken over is offered so", () => {
  assert.deepEqual(problemInWords({ code: "room.host_taken", message: "Taken." }).offers, ["take-over"]);
  assert.deepEqual(problemInWords({ code: "session.ours" }).offers, ["continue", "take-over"]);
  assert.deepEqual(problemInWords({ code: "none" }).offers, [""]);
});

test("a replaced microphone is named, and the one that follows it", () => {
  const { text } = noticeInWords({ code: "replaced", label: "Desk", to: "Headset", why: "unplugged" });
  assert.equal(text, "“Desk” was disconnected. Going on with “Headset”.");
});

test("a label with a dollar sign is only a label", () => {
  assert.match(noticeInWords({ code: "replaced", label: "$& $1", to: "B", why: "dead" }).text, /“\$& \$1”/);
});

test("sound that is back takes its warning away", () => {
  assert.equal(noticeInWords({ code: "silent", label: "Desk" }).topic, noticeInWords({ code: "sounds" }).topic);
  assert.equal(noticeInWords({ code: "sounds" }).text, "");
});

test("what is no news for people is none", () => {
  assert.equal(noticeInWords({ code: "devices" }), null);
});

test("lag is in tenths of a second, unless sound waits", () => {
  assert.equal(lagInWords({ behindMs: 1234, waitingMs: 100 }), "1.2 s");
  assert.equal(lagInWords({ behindMs: 1234, waitingMs: 12_000 }), "12 s waiting to be sent");
  assert.equal(lagInWords({ behindMs: null, waitingMs: 0 }), "–");
});

test("clocks have hours only where there are some", () => {
  assert.deepEqual([0, 7999, 754_000, 3_723_000].map(clock), ["0:00", "0:07", "12:34", "1:02:03"]);
});

test("a sound check has words for each level", () => {
  for (const word of ["no sound", "too quiet", "good", "too loud"]) assert.ok(soundCheckInWords(word).text, word);
});
