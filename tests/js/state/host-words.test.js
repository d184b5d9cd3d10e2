import assert from "node:assert/strict";
import test from "node:test";

import { offTheAir } from "../../../static/js/state/host.js";
import {
  clock,
  hostCount,
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
  const away = host({ phase: "on", upstream: "lost" });
  assert.equal(away.title, "Reconnecting to the speech service");
  assert.match(away.text, /Go on speaking: what you say is being kept, and its captions will follow/);
  assert.equal(away.tone, "warn");
});

test("a speech service that is away for too long is told with alarm", () => {
  const away = host({ phase: "on", upstream: "lost", keptMs: 60_000, lostMs: 3000 });
  assert.match(away.text, /is being lost/);
  assert.equal(away.tone, "error");
});

test("what is read aloud does not count the seconds", () => {
  const second = (n) => [
    host({ phase: "on", upstream: "lost", keptMs: n * 1000 }),
    host({ phase: "on", upstream: "lost", keptMs: 60_000, lostMs: n * 1000 }),
    host({ phase: "on", upstream: "live", unstored: n }),
    host({ phase: "waiting" }),
    noticeInWords({ code: "lost", ms: String(n * 1000) }),
  ];
  assert.deepEqual(second(1), second(12));
});

test("beside it, the seconds count", () => {
  const count = (changes, here = { keptMs: 0, lostMs: 0 }) => hostCount({ ...offTheAir, ...changes }, here);
  assert.equal(count({ phase: "on", upstream: "lost", keptMs: 12_000 }), "Kept: 12 s.");
  assert.equal(count({ phase: "on", upstream: "lost", keptMs: 60_000, lostMs: 30_000 }), "Kept: 1 min. Lost: 30 s.");
  assert.equal(count({ phase: "waiting" }, { keptMs: 12_000, lostMs: 0 }), "Kept: 12 s.");
  assert.equal(count({ phase: "stopping", linked: false }, { keptMs: 2000, lostMs: 0 }), "Kept: 2 s.");
  assert.equal(count({ phase: "on", upstream: "live", keptMs: 900 }, { keptMs: 4000, lostMs: 0 }), "");
});

test("captions that wait for the database are counted, and the host told to stay", () => {
  const count = (unstored) => hostCount({ ...offTheAir, phase: "on", upstream: "live", unstored }, { keptMs: 0, lostMs: 0 });
  assert.deepEqual([0, 1, 7].map(count), ["", "1 caption waits to be stored.", "7 captions wait to be stored."]);
  assert.match(noticeInWords({ code: "unstored" }).text, /keep this page open/);
  assert.equal(noticeInWords({ code: "store.behind", message: "Full." }).text, "Full.");
  assert.equal(noticeInWords({ code: "stored" }).topic, noticeInWords({ code: "unstored" }).topic);
});

test("when it is back, it is said whether anything was lost", () => {
  assert.equal(noticeInWords({ code: "back", ms: "0" }).text, "Back. Nothing was lost.");
  assert.equal(noticeInWords({ code: "back", ms: "30000" }).text, "Back. Lost: 30 s.");
  assert.equal(noticeInWords({ code: "well" }).topic, noticeInWords({ code: "lost" }).topic);
});

test("a speech service that rests is on the air, and speaking wakes it", () => {
  const resting = host({ phase: "on", upstream: "paused" });
  assert.equal(resting.title, "On the air");
  assert.match(resting.text, /Speak, and it goes on/);
});

test("stopping without a connection asks to keep the page open", () => {
  assert.match(host({ phase: "stopping", linked: false }).text, /keep this page open/);
});

test("each problem says what to do; a server's own words are kept", () => {
  for (const code of ["insecure", "blocked", "dismissed", "none", "busy", "gone", "tab-without-sound", "file-unreadable"]) {
    assert.ok(problemInWords({ code }).text.length > 20, code);
  }
  assert.equal(problemInWords({ code: "upstream.refused", message: "No such language." }).text, "No such language.");
  assert.match(problemInWords({ code: "what-is-this" }).text, /reload/);
});

test("what could not be delivered is said with its length, and what is on its way is not", () => {
  const told = (undeliveredMs) => problemInWords({ code: "spend.used_up", message: "Used up.", undeliveredMs }).text;
  assert.equal(told(23_000), "Used up. The last 23 s of what you said could not be delivered.");
  assert.equal(told(400), "Used up.");
});

test("a warning that little time is left stands beside other notices", () => {
  const { topic, text, tone } = noticeInWords({ code: "spend.near", message: "8 min are left." });
  assert.deepEqual([topic, text, tone], ["spend", "8 min are left.", "warn"]);
});

test("a session that was given up says what is kept, and offers another one", () => {
  const { text, offers } = problemInWords({ code: "upstream.gone", message: "Away." });
  assert.match(text, /is kept. Start a new one/);
  assert.deepEqual(offers, ["anew"]);
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
