import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { applyEvent, emptyLog } from "../../../static/js/state/captions.js";

const segment = (version, spoil = {}) => ({
  id: `id-${version}`,
  session: "s1",
  utterance: version,
  kind: "speech",
  speaker: "",
  text: `text ${version}`,
  offset_ms: version * 1000,
  duration_ms: 900,
  language: "en-US",
  revision: 0,
  version,
  ...spoil,
});
const hello = (versions, spoil = {}) => ({
  type: "hello",
  room: { slug: "hall", title: "Hall", language: "en-US" },
  live: true,
  version: Math.max(0, ...versions),
  segments: versions.map((version) => segment(version)),
  ...spoil,
});
const final = (version, spoil) => ({ type: "final", version, segment: segment(version, spoil) });
const interim = (utterance, text, session = "s1") => ({
  type: "interim",
  session,
  utterance,
  text,
  offset_ms: 0,
  language: "en-US",
});
const after = (...events) => events.reduce(applyEvent, emptyLog());
const texts = (log) => log.segments.map(({ text }) => text);

describe("finals", () => {
  test("a hello brings the newest captions, the room and who is on the air", () => {
    const log = after(hello([1, 2]));
    assert.deepEqual(texts(log), ["text 1", "text 2"]);
    assert.equal(log.version, 2);
    assert.equal(log.live, true);
    assert.equal(log.room.title, "Hall");
  });

  test("a final twice is shown once", () => {
    assert.deepEqual(texts(after(hello([1]), final(2), final(2))), ["text 1", "text 2"]);
  });

  test("captions stand in the order of their audio, not of their arrival", () => {
    assert.deepEqual(texts(after(hello([]), final(2), final(1))), ["text 1", "text 2"]);
  });

  test("sessions stand in the order in which they began", () => {
    const log = after(hello([5]), final(6, { session: "s2", offset_ms: 10, utterance: 1 }));
    assert.deepEqual(texts(log), ["text 5", "text 6"]);
  });

  test("an event does not change the log it was given", () => {
    const log = after(hello([1]));
    const before = structuredClone({ ...log, interims: null });
    applyEvent(log, final(2));
    applyEvent(log, interim(3, "x"));
    assert.deepEqual(structuredClone({ ...log, interims: null }), before);
    assert.equal(log.interims.size, 0);
  });

  test("an unknown event changes nothing", () => {
    const log = after(hello([1]));
    assert.equal(applyEvent(log, { type: "weather" }), log);
    assert.equal(applyEvent(log, null), log);
  });
});

describe("corrections", () => {
  const revised = (version, spoil) => ({ type: "revised", version, segment: segment(1, { version, ...spoil }) });

  test("a correction replaces the text in its place", () => {
    const log = after(hello([1, 2]), revised(3, { revision: 1, text: "better" }));
    assert.deepEqual(texts(log), ["better", "text 2"]);
  });

  test("an older copy of a corrected caption is ignored", () => {
    const log = after(hello([1]), revised(2, { revision: 1, text: "better" }), final(1));
    assert.deepEqual(texts(log), ["better"]);
  });

  test("a correction of a session further back than the log reaches is left for its page", () => {
    const log = after(hello([8, 9], { more: true }), revised(10, { id: "old", session: "s0", revision: 1 }));
    assert.deepEqual(texts(log), ["text 8", "text 9"]);
    assert.equal(log.version, 10);
  });

  test("a removed session disappears", () => {
    const log = after(hello([1]), final(2, { session: "s2" }), { type: "removed", version: 3, session: "s1" });
    assert.deepEqual(texts(log), ["text 2"]);
    assert.equal(log.version, 3);
  });

  test("a refill names the sessions removed while the reader was away", () => {
    const log = after(hello([1]), { type: "changes", version: 3, segments: [segment(2, { session: "s2" })], removed: ["s1"] });
    assert.deepEqual(texts(log), ["text 2"]);
  });
});

describe("interims", () => {
  test("an interim replaces the one of its utterance", () => {
    const log = after(hello([]), interim(1, "go"), interim(1, "go forward"));
    assert.deepEqual([...log.interims.values()].map(({ text }) => text), ["go forward"]);
  });

  test("the final ends the interim of its utterance and no other", () => {
    const log = after(hello([]), interim(1, "go"), interim(2, "ten"), final(1));
    assert.deepEqual([...log.interims.values()].map(({ utterance }) => utterance), [2]);
  });

  test("an interim that comes after its final is ignored", () => {
    assert.equal(after(hello([1]), interim(1, "te")).interims.size, 0);
  });

  test("an interim of the same number in another session is another utterance", () => {
    assert.equal(after(hello([1]), interim(1, "new", "s2")).interims.size, 1);
  });

  test("nothing is being said once the host has gone off the air", () => {
    const log = after(hello([]), interim(1, "go"), { type: "status", live: false, upstream: "ended" });
    assert.equal(log.interims.size, 0);
    assert.equal(log.live, false);
  });

  test("a status says how much is kept and lost, and the next one, or another hello, says it anew", () => {
    const away = after(hello([]), { type: "status", live: true, upstream: "lost", kept_ms: 9000, lost_ms: 2000 });
    assert.deepEqual([away.upstream, away.keptMs, away.lostMs], ["lost", 9000, 2000]);
    const back = applyEvent(away, { type: "status", live: true, upstream: "live" });
    assert.deepEqual([back.keptMs, back.lostMs, applyEvent(away, hello([1])).keptMs], [0, 0, 0]);
  });

  test("an interim leaves the finals the same object", () => {
    const log = after(hello([1]));
    assert.equal(applyEvent(log, interim(2, "x")).segments, log.segments);
  });
});

describe("versions", () => {
  test("a tick that is ahead says that the log is behind", () => {
    assert.equal(after(hello([1]), { type: "tick", version: 1 }).behind, false);
    assert.equal(after(hello([1]), { type: "tick", version: 2 }).behind, true);
  });

  test("a missing change keeps the version and says so, the change makes up for it", () => {
    const ahead = after(hello([1]), final(3));
    assert.deepEqual([ahead.version, ahead.behind], [1, true]);
    const whole = applyEvent(ahead, final(2));
    assert.deepEqual([whole.version, whole.behind, texts(whole).length], [3, false, 3]);
  });

  test("a refill brings the log up to date", () => {
    const log = after(hello([1]), final(3), { type: "changes", version: 3, segments: [segment(2), segment(3)] });
    assert.deepEqual([log.version, log.behind, log.ahead.length], [3, false, 0]);
  });

  test("a refill that is cut short names what is missing in between", () => {
    const log = after(hello([1]), { type: "changes", version: 9, more: true, segments: [segment(8), segment(9)] });
    assert.deepEqual(log.missed, { after: 1, before: 8, session: "s1" });
    assert.equal(log.version, 9);
  });

  test("a second refill that is cut short leaves the first one's rest missing, too", () => {
    const cut = (...versions) => ({
      type: "changes",
      version: versions.at(-1),
      more: true,
      segments: versions.map((version) => segment(version)),
    });
    assert.deepEqual(after(hello([1]), cut(8, 9), cut(18, 19)).missed, { after: 1, before: 18, session: "s1" });
  });

  test("a page of what was missed that is not the last says from where the next one goes on", () => {
    const cut = { type: "changes", version: 9, more: true, segments: [segment(9, { session: "s3" })] };
    const page = { type: "between", version: 4, more: true, segments: [segment(3), segment(4, { session: "s2" })] };
    const log = after(hello([1]), cut, page);
    assert.deepEqual(log.missed, { after: 4, before: 9, session: "s2" });
    assert.deepEqual(log.sessions, ["s1", "s2", "s3"]);
  });

  test("a room that begins anew begins the log anew", () => {
    assert.deepEqual(texts(after(hello([7, 8, 9]), hello([1]))), ["text 1"]);
  });

  test("a second hello adds to what is held", () => {
    assert.deepEqual(texts(after(hello([1, 2]), hello([3]))), ["text 1", "text 2", "text 3"]);
  });
});

describe("older captions", () => {
  test("a page of older captions goes to the front, with its sessions in their order", () => {
    const page = [segment(3, { session: "s0", offset_ms: 9000 }), segment(4, { session: "s1", offset_ms: 10 })];
    const log = after(hello([5], { more: true }), { type: "earlier", segments: page, more: false });
    assert.deepEqual(texts(log), ["text 3", "text 4", "text 5"]);
    assert.deepEqual([log.more, log.oldest], [false, 3]);
  });

  test("an older session goes before those that are known", () => {
    const page = [segment(2, { session: "s0", offset_ms: 90_000 })];
    const log = after(hello([5], { more: true }), { type: "earlier", segments: page, more: true });
    assert.deepEqual(log.sessions, ["s0", "s1"]);
    assert.deepEqual([log.more, log.oldest], [true, 2]);
  });

  test("an empty page is the end of them", () => {
    assert.equal(after(hello([5], { more: true }), { type: "earlier", segments: [], more: true }).more, false);
  });

  test("a page of what was missed fills in and leaves the rest as it was", () => {
    const cut = after(hello([1], { more: true }), { type: "changes", version: 9, more: true, segments: [segment(9)] });
    const log = applyEvent(cut, { type: "between", segments: [segment(4)], removed: [] });
    assert.deepEqual(texts(log), ["text 1", "text 4", "text 9"]);
    assert.deepEqual([log.more, log.oldest], [true, 1]);
  });
});
