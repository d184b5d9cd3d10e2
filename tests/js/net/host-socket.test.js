import assert from "node:assert/strict";
import test from "node:test";

import { AudioRing } from "../../../static/js/audio/ring.js";
import { HostSocket } from "../../../static/js/net/host-socket.js";
import { FakeClock, fakeServer } from "./fake-host-server.js";

const SECOND = 16000;

/** A host's socket, its server, its clock and what it told. */
function cast(options = {}) {
  const server = fakeServer();
  const clock = new FakeClock();
  const host = new HostSocket("ws://here/ws/rooms/r/host/", { Socket: server.Socket, clock, ...options });
  const told = [];
  for (const type of ["state", "ready", "heard", "event", "problem", "refused", "stopped", "lost", "anew"]) {
    host.addEventListener(type, (event) => told.push([type, event.detail]));
  }
  const last = (type) => told.findLast(([name]) => name === type)?.[1];
  const speak = (seconds, { heard = true, throttled = false } = {}) => {
    for (let i = 0; i < seconds * 10; i += 1) {
      clock.pass(100, { throttled });
      host.push(new Int16Array(1600));
      if (heard && host.state === "live") server.last.say({ type: "heard", samples: host.safe });
    }
  };
  return { server, clock, host, told, last, speak };
}

/** The first message of a connection, without the name it made up for a session that is to begin. */
function begun({ texts: [{ session, ...start }] }) {
  return start.new ? start : { ...start, session };
}

function onAir(options) {
  const all = cast(options);
  all.host.start({ language: "en-US" });
  all.server.last.ready();
  return all;
}

test("it begins a session in a language and sends from the sample it is told", () => {
  const { server, speak, last } = onAir();
  speak(1);
  const [{ session, ...start }] = server.last.texts;
  assert.deepEqual(start, { type: "start", language: "en-US", new: true });
  assert.match(session, /^[0-9a-f-]{36}$/);
  assert.deepEqual(server.last.heard, [[0, SECOND]]);
  assert.equal(last("ready").session, "s1");
});

test("its trace stays the same over reconnects", () => {
  const { server, clock, host } = cast();
  host.start({ language: "en-US", trace: "7f3k2mxy" });
  server.last.ready();
  server.last.drop();
  clock.pass(1000);
  server.last.ready("s1", 0);
  assert.equal(server.connections.length, 2);
  assert.deepEqual(server.connections.map((one) => one.texts[0].trace), ["7f3k2mxy", "7f3k2mxy"]);
});

test("a start whose answer is lost is said again, as the same session", () => {
  const { server, clock, host } = cast();
  host.start({ language: "en-US" });
  const [first] = server.connections;
  first.accept();
  first.drop();
  clock.pass(1000);
  server.last.accept();
  assert.deepEqual(server.last.texts, first.texts);
});

test("should that session be over by then, another one begins", () => {
  const { server, clock, host, last } = cast();
  host.start({ language: "en-US" });
  const [first] = server.connections;
  first.accept();
  first.say({ type: "error", code: "session.over", message: "", fatal: true });
  clock.pass(1000);
  server.last.ready("s2");
  assert.notEqual(server.last.texts[0].session, first.texts[0].session);
  assert.equal(last("ready").session, "s2");
  assert.equal(last("refused"), undefined);
});

test("live sound goes out chunk by chunk", () => {
  const { server, speak } = onAir();
  speak(0.3);
  assert.deepEqual(server.last.chunks.map((chunk) => chunk.samples), [1600, 1600, 1600]);
});

test("what is said while it connects is sent afterwards", () => {
  const { server, host, speak } = cast();
  host.start({ language: "en-US" });
  speak(2);
  server.last.ready();
  assert.deepEqual(server.last.heard, [[0, 2 * SECOND]]);
});

test("after a drop it goes on with the session, from where the server says", () => {
  const { server, clock, speak } = onAir();
  speak(5);
  server.last.say({ type: "heard", samples: 2 * SECOND });
  server.last.drop();
  speak(2);
  clock.pass(1000);
  server.last.ready("s1", 3 * SECOND);
  assert.deepEqual(server.last.texts, [{ type: "start", session: "s1" }]);
  assert.deepEqual(server.last.heard, [[3 * SECOND, 7 * SECOND]]);
});

test("another worker that knows only what is stored is sent it all from there", () => {
  const { server, clock, speak } = onAir();
  speak(5);
  server.last.say({ type: "heard", samples: 2 * SECOND });
  server.last.drop(1012);
  clock.pass(1000);
  server.last.ready("s1", 2 * SECOND);
  assert.deepEqual(server.last.heard, [[2 * SECOND, 5 * SECOND]]);
});

test("what is safe is forgotten and counts no longer as unsaved", () => {
  const { server, host, speak } = onAir();
  speak(3);
  assert.ok(host.unsaved);
  server.last.say({ type: "heard", samples: 3 * SECOND });
  assert.equal(host.safe, 3 * SECOND);
  assert.ok(!host.unsaved);
});

test("a long backlog goes out ten seconds at once and then at two and a half times the pace", () => {
  const { server, host, clock, speak } = onAir();
  server.last.drop();
  speak(40);
  server.last.ready("s1", 0);
  assert.deepEqual(server.last.heard, [[0, 10 * SECOND]]);
  speak(2);
  assert.ok(Math.abs(server.last.heard[0][1] - 15 * SECOND) <= SECOND / 2);
  for (let i = 0; i < 30; i += 1) speak(1);
  assert.equal(host.waiting, 0);
  assert.deepEqual(server.last.heard, [[0, 72 * SECOND]]);
  assert.ok(clock.now() > 0);
});

test("in a hidden tab, where no timer comes, sound alone makes it connect again", () => {
  const { server, speak } = onAir();
  server.last.drop();
  speak(2, { throttled: true });
  assert.equal(server.connections.length, 2);
});

test("a connection that says nothing for twelve seconds is dead", () => {
  const { server, clock, host } = onAir();
  const first = server.last;
  clock.pass(11_000);
  assert.equal(host.state, "live");
  clock.pass(3000);
  assert.notEqual(server.last, first);
  assert.ok(first.closed);
});

test("an attempt that never opens is given up for another one", () => {
  const { server, clock, host } = cast();
  host.start({ language: "en-US" });
  clock.pass(11_000);
  assert.equal(server.connections.length, 2);
});

test("what an old connection still says is not heard", () => {
  const { server, clock, last } = onAir();
  const first = server.last;
  first.drop();
  clock.pass(1000);
  first.say({ type: "final", version: 1, segment: {} });
  assert.equal(last("event"), undefined);
});

test("a full network buffer makes sound wait, not pile up in the browser", () => {
  const { server, host, speak } = onAir();
  server.last.bufferedAmount = 1_000_000;
  speak(3);
  assert.deepEqual(server.last.chunks, []);
  assert.equal(host.waiting, 3 * SECOND);
  server.last.bufferedAmount = 0;
  speak(0.1);
  assert.equal(host.waiting, 0);
});

test("what no longer fits while it is away is dropped from the oldest, and said", () => {
  const { server, clock, speak, told } = onAir({ ring: new AudioRing(5 * SECOND) });
  server.last.drop();
  speak(8);
  const lost = told.filter(([type]) => type === "lost").reduce((sum, [, samples]) => sum + samples, 0);
  clock.pass(5000);
  server.last.ready("s1", 0);
  assert.equal(lost, 3 * SECOND);
  assert.deepEqual(server.last.heard, [[3 * SECOND, 8 * SECOND]]);
});

test("dropping what was sent but is not yet safe is no loss to speak of", () => {
  const { speak, last } = onAir({ ring: new AudioRing(5 * SECOND) });
  speak(8);
  assert.equal(last("lost"), undefined);
});

test("a stretch in which nothing was captured leaves its place empty", () => {
  const { server, host, speak } = onAir();
  speak(1);
  host.skip(2 * SECOND);
  speak(1);
  assert.deepEqual(server.last.heard, [[0, SECOND], [3 * SECOND, 4 * SECOND]]);
});

test("a minute and more without a network costs nothing", () => {
  const { server, host, clock, speak, told } = onAir();
  speak(3);
  server.last.say({ type: "heard", samples: 2 * SECOND });
  server.last.drop();
  for (let i = 0; i < 90; i += 1) speak(1);
  assert.equal(host.kept, 91 * SECOND);
  while (host.state !== "connecting") clock.pass(100);
  server.last.ready("s1", 2 * SECOND);
  speak(60);
  assert.deepEqual(server.last.heard, [[2 * SECOND, host.captured]]);
  assert.ok(!told.some(([type]) => type === "lost"));
});

test("what is kept here counts up while the network is away, as far as can be kept", () => {
  const { server, host, speak } = onAir({ ring: new AudioRing(5 * SECOND) });
  speak(1);
  server.last.say({ type: "heard", samples: SECOND });
  assert.equal(host.kept, 0);
  server.last.drop();
  speak(3);
  assert.equal(host.kept, 3 * SECOND);
  speak(4);
  assert.equal(host.kept, 5 * SECOND);
});

test("after a sleep it connects anew at once, and the sleep is a hole of its length", () => {
  const { server, host, clock, speak } = onAir();
  speak(2);
  host.skip(30 * SECOND);
  assert.equal(host.state, "waiting");
  clock.pass(500);
  server.last.ready("s1", 2 * SECOND);
  speak(1);
  const [[first, end]] = server.last.heard;
  assert.equal(first, 32 * SECOND);
  assert.equal(end, 33 * SECOND);
});

test("a short pause keeps the connection", () => {
  const { server, host } = onAir();
  host.skip(5 * SECOND);
  assert.equal(host.state, "live");
  assert.equal(server.connections.length, 1);
});

test("a sleep that the session did not survive has no place in the one that begins", () => {
  const { server, host, clock, speak, last } = onAir();
  speak(2);
  host.skip(3600 * SECOND);
  speak(1);
  while (host.state !== "connecting") clock.pass(100);
  server.last.accept();
  server.last.say({ type: "error", code: "session.over", message: "Over.", fatal: true });
  assert.equal(last("anew"), SECOND, "a second before the last that surely arrived is said again");
  server.last.ready("s2", 0);
  assert.deepEqual(server.last.heard, [[0, 2 * SECOND]]);
  assert.equal(host.captured, 2 * SECOND);
});

test("a sleep that the server does not believe was a clock that somebody set", () => {
  const { server, host, clock, speak } = onAir();
  speak(1);
  host.skip(3600 * SECOND);
  clock.pass(500);
  server.last.ready("s1", SECOND);
  speak(1);
  const error = { type: "error", code: "audio.bad_chunk", message: "Too late.", fatal: false, samples: SECOND };
  server.last.say(error);
  speak(2);
  assert.equal(server.last.heard.at(-1)[0], SECOND);
  assert.equal(host.captured, 4 * SECOND);
});

test("taking back the air begins a new session where the old one is over", () => {
  const { server, host, speak, told } = cast();
  host.start({ language: "en-US", session: "s1", takeOver: true });
  speak(1);
  server.last.accept();
  server.last.say({ type: "error", code: "session.over", message: "Over.", fatal: true });
  assert.ok(!told.some(([type]) => type === "refused"));
  server.last.ready("s3", 0);
  const [{ session, ...start }] = server.last.texts;
  assert.deepEqual(start, { type: "start", language: "en-US", new: true, take_over: true });
  assert.notEqual(session, "s1");
  assert.deepEqual(server.last.heard, [[0, SECOND]]);
});

test("who only wants to go on with a session is told that it is over", () => {
  const { server, host, last } = cast();
  host.start({ language: "en-US", session: "s1" });
  server.last.accept();
  server.last.say({ type: "error", code: "session.over", message: "Over.", fatal: true });
  assert.equal(last("refused").code, "session.over");
});

test("stop sends the rest, then stop, and tells what was kept", () => {
  const { server, host, speak, last } = onAir();
  speak(1);
  host.push(new Int16Array(500));
  host.stop();
  assert.equal(server.last.heard[0][1], SECOND + 500);
  assert.deepEqual(server.last.texts.at(-1), { type: "stop" });
  server.last.say({ type: "stopped", session: "s1", segments: 4 });
  assert.deepEqual(last("stopped"), { session: "s1", segments: 4 });
  assert.equal(host.state, "over");
  assert.ok(server.last.closed);
});

test("stop without a connection waits for one and delivers the backlog first", () => {
  const { server, clock, host, speak, last } = onAir();
  server.last.drop();
  speak(2);
  host.stop();
  clock.pass(1000);
  server.last.ready("s1", 0);
  assert.deepEqual(server.last.heard, [[0, 2 * SECOND]]);
  assert.deepEqual(server.last.texts, [{ type: "start", session: "s1" }, { type: "stop" }]);
  server.last.say({ type: "stopped", session: "s1", segments: 1 });
  assert.equal(last("stopped").segments, 1);
});

test("a connection lost after stop is asked again; a session that is over by then was stopped", () => {
  const { server, clock, host, speak, last } = onAir();
  speak(1);
  host.stop();
  server.last.drop();
  clock.pass(1000);
  server.last.accept();
  server.last.say({ type: "error", code: "session.over", message: "Over.", fatal: true });
  assert.deepEqual(last("stopped"), { session: "s1", segments: null });
});

test("a session that ended while it was away is followed by another with what was not heard", () => {
  const { server, clock, speak, host, last } = onAir();
  speak(10);
  server.last.say({ type: "heard", samples: 4 * SECOND });
  server.last.drop();
  speak(5);
  clock.pass(5000);
  server.last.accept();
  server.last.say({ type: "error", code: "session.over", message: "Over.", fatal: true });
  assert.equal(last("anew"), 9 * SECOND);
  server.last.ready("s2", 0);
  assert.deepEqual(begun(server.last), { type: "start", language: "en-US", new: true });
  assert.deepEqual(server.last.heard, [[0, 6 * SECOND]]);
  assert.equal(host.session, "s2");
});

test("a refusal is the end, with its code, its words and who is on the air", () => {
  const { server, host, last } = cast();
  host.start({ language: "en-US" });
  server.last.accept();
  server.last.say({ type: "error", code: "room.host_taken", message: "Taken.", fatal: true, session: "s9" });
  assert.deepEqual(last("refused"), { code: "room.host_taken", message: "Taken.", session: "s9", undelivered: 0 });
  assert.equal(host.state, "over");
});

test("a refusal says how much of what was said never arrived", () => {
  const { server, clock, host, speak, last } = onAir();
  speak(5);
  server.last.drop(1006);
  speak(3);
  while (host.state !== "connecting") clock.pass(100);
  server.last.accept();
  server.last.say({ type: "error", code: "spend.used_up", message: "Used up.", fatal: true });
  assert.equal(last("refused").undelivered, 3 * SECOND);
});

test("a refusal whose message was lost is known by its close code", () => {
  const { server, last } = onAir();
  server.last.drop(4408);
  assert.equal(last("refused").code, "room.superseded");
});

test("a refusal that may lift is tried again", () => {
  const { server, clock, host } = onAir();
  server.last.say({ type: "error", code: "upstream.lost", message: "Away.", fatal: true });
  assert.equal(host.state, "waiting");
  clock.pass(1000);
  assert.equal(server.connections.length, 2);
});

test("taking over is said once, and not again when it connects again", () => {
  const { server, clock, host } = cast();
  host.start({ language: "de-DE", takeOver: true });
  server.last.ready();
  assert.deepEqual(begun(server.last), { type: "start", language: "de-DE", new: true, take_over: true });
  server.last.drop();
  clock.pass(1000);
  server.last.accept();
  assert.deepEqual(server.last.texts, [{ type: "start", session: "s1" }]);
});

test("after a reload it goes on where the server is", () => {
  const { server, host, speak } = cast();
  host.start({ language: "en-US", session: "s1" });
  speak(1);
  server.last.ready("s1", 30 * SECOND);
  assert.deepEqual(server.last.heard, [[30 * SECOND, 31 * SECOND]]);
  assert.equal(host.captured, 31 * SECOND);
});

test("after a reload, sound the old page could not send any more is left out as a hole", () => {
  const { server, host, speak } = cast();
  host.start({ language: "en-US", session: "s1", resumeAt: 33 * SECOND });
  server.last.ready("s1", 30 * SECOND);
  speak(1);
  assert.deepEqual(server.last.heard, [[33 * SECOND, 34 * SECOND]]);
});

test("a session that another page took further goes on behind it", () => {
  const { server, clock, speak } = onAir();
  speak(1);
  server.last.drop();
  clock.pass(1000);
  server.last.ready("s1", 5 * SECOND);
  speak(1);
  assert.deepEqual(server.last.heard, [[5 * SECOND, 6 * SECOND]]);
});

test("too fast for the server: it goes back to where it is told, and waits", () => {
  const { server, clock, speak, last } = onAir();
  speak(4);
  server.last.say({ type: "error", code: "audio.too_fast", message: "Slower.", fatal: false, samples: 2 * SECOND });
  const sent = server.last.chunks.length;
  clock.pass(900);
  assert.equal(server.last.chunks.length, sent);
  clock.pass(3000);
  assert.deepEqual(server.last.heard, [[0, 4 * SECOND], [2 * SECOND, 4 * SECOND]]);
  assert.deepEqual(last("problem"), { code: "audio.too_fast", message: "Slower." });
});

test("captions are handed on as they came; what is no message is left aside", () => {
  const { server, last, told } = onAir();
  server.last.say({ type: "interim", session: "s1", utterance: 1, text: "hel", offset_ms: 0, language: "en-US" });
  assert.equal(last("event").text, "hel");
  const count = told.length;
  server.last.dispatchEvent(Object.assign(new Event("message"), { data: "{" }));
  server.last.dispatchEvent(Object.assign(new Event("message"), { data: new ArrayBuffer(2) }));
  server.last.say(7);
  assert.equal(told.length, count);
});

test("abandoning ends nothing on the server and stays quiet", () => {
  const { server, host, last } = onAir();
  host.abandon();
  assert.ok(server.last.closed);
  assert.ok(!server.last.texts.some((text) => text.type === "stop"));
  assert.equal(last("stopped"), undefined);
});

test("the way back to a network is not waited for", () => {
  const { server, host } = onAir();
  server.last.drop();
  host.hurry();
  assert.equal(server.connections.length, 2);
});

test("an hour without a server keeps memory bounded and goes on trying", () => {
  const { server, host, speak } = onAir();
  server.last.drop();
  for (let minute = 0; minute < 60; minute += 1) speak(60);
  assert.ok(host.waiting <= 300 * SECOND);
  assert.ok(server.connections.length > 100);
});
