import assert from "node:assert/strict";
import test from "node:test";

import { applyHost, isBusy, isListening, offTheAir } from "../../../static/js/state/host.js";

const after = (...events) => events.reduce(applyHost, offTheAir);
const READY = { type: "ready", session: "s1" };
const ON_AIR = [{ type: "open" }, { type: "opened" }, { type: "link", state: "live" }, READY];

test("from the click to the air", () => {
  const phases = ON_AIR.map((_, i) => after(...ON_AIR.slice(0, i + 1)).phase);
  assert.deepEqual(phases, ["opening", "connecting", "connecting", "on"]);
});

test("sound that cannot be had leaves it off, and says why", () => {
  const host = after({ type: "open" }, { type: "not-opened", code: "none" });
  assert.equal(host.phase, "off");
  assert.equal(host.problem.code, "none");
});

test("a lost connection leaves the host on the air, listening", () => {
  const host = after(...ON_AIR, { type: "link", state: "waiting" });
  assert.equal(host.phase, "waiting");
  assert.ok(isListening(host));
  assert.equal(applyHost(host, { type: "link", state: "connecting" }).phase, "waiting");
  assert.equal(applyHost(host, READY).phase, "on");
});

test("a connection that never stood is still being made", () => {
  assert.equal(after({ type: "open" }, { type: "opened" }, { type: "link", state: "waiting" }).phase, "connecting");
});

test("stopping lasts until the last words are stored, over a lost connection too", () => {
  const stopping = after(...ON_AIR, { type: "stop" });
  assert.ok(!isListening(stopping) && isBusy(stopping));
  const lost = applyHost(stopping, { type: "link", state: "waiting" });
  assert.deepEqual([lost.phase, lost.linked], ["stopping", false]);
  assert.deepEqual([applyHost(lost, READY).phase, applyHost(lost, READY).linked], ["stopping", true]);
});

test("what was kept is known after a stop, with its session", () => {
  const host = after(...ON_AIR, { type: "stop" }, { type: "stopped", session: "s1", segments: 3 });
  assert.deepEqual([host.phase, host.kept, host.session, host.stopped], ["off", 3, "s1", true]);
});

test("a refusal ends it with its code and the session it is about", () => {
  const host = after(...ON_AIR, { type: "refused", code: "room.superseded", message: "Elsewhere.", session: "" });
  assert.deepEqual([host.phase, host.problem.code, host.session], ["off", "room.superseded", "s1"]);
});

test("the next start clears what was before", () => {
  const host = after({ type: "not-opened", code: "none" }, { type: "open" });
  assert.equal(host.problem, null);
});

test("what comes too late changes nothing", () => {
  assert.equal(applyHost(offTheAir, READY), offTheAir);
  assert.equal(applyHost(offTheAir, { type: "link", state: "live" }), offTheAir);
  assert.equal(applyHost(offTheAir, { type: "stop" }), offTheAir);
  assert.equal(applyHost(offTheAir, { type: "whatever" }), offTheAir);
});

test("what the server keeps, has lost and has not stored yet is held until the next status", () => {
  const status = { type: "status", live: true, upstream: "lost", kept_ms: 9000, lost_ms: 2000, unstored: 3 };
  const away = after(...ON_AIR, status);
  assert.deepEqual([away.keptMs, away.lostMs, away.unstored], [9000, 2000, 3]);
  const back = applyHost(away, { type: "status", live: true, upstream: "live" });
  assert.deepEqual([back.keptMs, back.lostMs, back.unstored], [0, 0, 0]);
});

test("the speech service's state is kept for the words", () => {
  assert.equal(after(...ON_AIR, { type: "status", live: true, upstream: "lost" }).upstream, "lost");
});
