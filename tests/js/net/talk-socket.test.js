import assert from "node:assert/strict";
import test from "node:test";

import { TalkSocket } from "../../../static/js/net/talk-socket.js";

/** A browser's socket, as far as it is used here. */
class FakeSocket extends EventTarget {
  static OPEN = 1;
  static last;
  readyState = 0;
  bufferedAmount = 0;
  sent = [];
  closed = false;

  constructor(url) {
    super();
    this.url = url;
    FakeSocket.last = this;
  }

  send(message) {
    this.sent.push(message);
  }

  close() {
    this.closed = true;
  }

  open() {
    this.readyState = FakeSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  say(message) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }

  drop() {
    this.dispatchEvent(Object.assign(new Event("close"), { code: 1006 }));
  }

  get audio() {
    return this.sent.filter((message) => message instanceof ArrayBuffer);
  }
}

function talking({ ready = true } = {}) {
  const talk = new TalkSocket("ws://here/ws/talk/", { Socket: /** @type {any} */ (FakeSocket) });
  const told = [];
  for (const type of ["ready", "interim", "final", "spend", "problem", "stopped", "refused"]) {
    talk.addEventListener(type, (event) => told.push([type, event.detail]));
  }
  talk.start("de-DE");
  const socket = FakeSocket.last;
  if (ready) {
    socket.open();
    socket.say({ type: "ready" });
  }
  return { talk, socket, told };
}

test("it asks for a language and sends little-endian samples once it is heard", () => {
  const { talk, socket } = talking();
  assert.deepEqual(JSON.parse(socket.sent[0]), { type: "start", language: "de-DE" });
  talk.push(Int16Array.of(1, -2));
  assert.deepEqual([...new Uint8Array(socket.audio[0])], [1, 0, 254, 255]);
});

test("what is said while it connects is kept, but only the last seconds of it", () => {
  const { talk, socket } = talking({ ready: false });
  for (let second = 0; second < 8; second += 1) talk.push(new Int16Array(16000).fill(second));
  socket.open();
  assert.equal(socket.audio.length, 0);
  socket.say({ type: "ready" });
  assert.deepEqual(socket.audio.map((bytes) => new Int16Array(bytes)[0]), [3, 4, 5, 6, 7]);
});

test("where the network does not keep up, sound is left out and that is said once", () => {
  const { talk, socket, told } = talking();
  socket.bufferedAmount = 1_000_000;
  for (let i = 0; i < 5; i += 1) talk.push(new Int16Array(1600));
  assert.equal(socket.audio.length, 0);
  assert.equal(told.filter(([type]) => type === "problem").length, 1);
  socket.bufferedAmount = 0;
  talk.push(new Int16Array(1600));
  assert.equal(socket.audio.length, 1);
});

test("what is understood is handed on", () => {
  const { socket, told } = talking();
  socket.say({ type: "interim", text: "gu" });
  socket.say({ type: "final", text: "guten Abend", utterance: 1 });
  assert.deepEqual(told.slice(1), [["interim", "gu"], ["final", { type: "final", text: "guten Abend", utterance: 1 }]]);
});

test("a stop is said, and its answer ends it", () => {
  const { talk, socket, told } = talking();
  talk.stop();
  assert.deepEqual(JSON.parse(socket.sent.at(-1)), { type: "stop" });
  socket.say({ type: "stopped", reason: "asked" });
  assert.deepEqual(told.at(-1), ["stopped", "asked"]);
  assert.ok(socket.closed);
});

test("a stop before there is a connection ends it at once", () => {
  const { talk, socket, told } = talking({ ready: false });
  talk.stop();
  assert.deepEqual(told, [["stopped", "asked"]]);
  assert.ok(socket.closed);
});

test("an error that is not the end is told, and one that is ends it", () => {
  const { talk, socket, told } = talking();
  socket.say({ type: "error", code: "audio.too_fast", message: "slower", fatal: false });
  assert.deepEqual(told.at(-1), ["problem", "slower"]);
  socket.say({ type: "error", code: "spend.used_up", message: "no time left", fatal: true });
  assert.deepEqual(told.at(-1), ["refused", "no time left"]);
  socket.drop();
  talk.push(new Int16Array(1600));
  assert.equal(told.filter(([type]) => type === "refused").length, 1);
  assert.equal(socket.audio.length, 0);
});

test("a connection that breaks says how to go on", () => {
  const { socket, told } = talking();
  socket.drop();
  assert.match(told.at(-1)[1], /Press Start to begin again/);
});
