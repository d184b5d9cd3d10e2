import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { RoomSocket } from "../../../static/js/net/room-socket.js";

/** The browser's side of a socket, with the far side in the test's hands. */
class Wire extends EventTarget {
  static all = [];
  sent = [];
  closed = false;

  constructor(url) {
    super();
    this.url = url;
    Wire.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  says(message) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }

  drops(code) {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

let socket;
let states;
let events;
let page;
/** What is drawn from chance, from 0 to 1. */
let share;
const wire = () => Wire.all.at(-1);
const opened = () => wire().says({ type: "hello", version: 0, segments: [] });
/** Time goes by in steps, so that a timer set by another one has its turn. */
const pass = (ms) => {
  for (let i = 0; i < ms; i += 50) mock.timers.tick(50);
};
/** The computer sleeps: the wall clock goes on, no timer does. */
const sleep = (ms) => mock.timers.setTime(Date.now() + ms);

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  Wire.all = [];
  states = [];
  events = [];
  page = new EventTarget();
  share = 0.5;
  socket = new RoomSocket("/ws/rooms/hall/", { base: "http://localhost/", Socket: Wire, page, random: () => share });
  socket.addEventListener("state", (event) => states.push(event.detail));
  socket.addEventListener("event", (event) => events.push(event.detail.type));
  socket.connect();
});

test("it is open once the room has said hello", () => {
  assert.deepEqual(states, ["connecting"]);
  wire().says({ type: "hello", version: 1, segments: [] });
  assert.deepEqual(states, ["connecting", "open"]);
  assert.deepEqual(events, ["hello"]);
});

test("after a drop it comes back and goes on from the version held", () => {
  wire().says({ type: "hello", version: 4, segments: [] });
  socket.version = 4;
  wire().drops(1006);
  assert.equal(states.at(-1), "waiting");
  mock.timers.tick(300);
  assert.match(wire().url, /\?after=4$/);
  wire().says({ type: "hello", version: 5, segments: [] });
  assert.equal(states.at(-1), "open");
});

test("attempts that fail are not told one by one", () => {
  for (let i = 0; i < 3; i += 1) {
    wire().drops(1006);
    mock.timers.tick(10_000);
  }
  assert.deepEqual(states, ["connecting", "waiting"]);
  assert.equal(Wire.all.length, 4);
});

test("a refusal is final and says why", () => {
  wire().says({ type: "error", code: "room.not_found", message: "No such room.", fatal: true });
  wire().drops(4404);
  mock.timers.tick(120_000);
  assert.deepEqual(states, ["connecting", "refused"]);
  assert.equal(socket.reason, "No such room.");
  assert.equal(Wire.all.length, 1);
});

test("a closed room is asked again now and then, and opens when it does", () => {
  wire().drops(4410);
  assert.equal(socket.asksAgain, true);
  mock.timers.tick(RoomSocket.refusedMs * 1.25);
  assert.equal(states.at(-1), "refused");
  opened();
  assert.equal(states.at(-1), "open");
  assert.deepEqual([socket.reason, socket.asksAgain], ["", false]);
});

test("a link that has run out is not asked again, though it closes as a room does", () => {
  wire().says({ type: "error", code: "link.expired", message: "This link has run out.", fatal: true });
  wire().drops(4410);
  mock.timers.tick(120_000);
  assert.equal(Wire.all.length, 1);
  assert.equal(socket.asksAgain, false);
});

test("a silent connection is given up", () => {
  const first = wire();
  opened();
  mock.timers.tick(RoomSocket.silenceMs - 1);
  first.says({ type: "tick", version: 0 });
  mock.timers.tick(RoomSocket.silenceMs - 1);
  assert.equal(states.at(-1), "open");
  mock.timers.tick(RoomSocket.beatMs + 1);
  assert.equal(states.at(-1), "waiting");
  assert.equal(first.closed, true);
});

test("an attempt that never says hello is given up for another one", () => {
  pass(RoomSocket.openMs + RoomSocket.beatMs + 300);
  assert.equal(Wire.all.length, 2);
});

test("after an hour's sleep it connects again as soon as the page wakes", () => {
  opened();
  sleep(3_600_000);
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(Wire.all.length, 2);
  assert.equal(states.at(-1), "waiting");
  opened();
  assert.equal(states.at(-1), "open");
});

test("after a sleep that no event tells of, the next beat finds the dead connection", () => {
  opened();
  sleep(3_600_000);
  pass(RoomSocket.beatMs + 300);
  assert.equal(Wire.all.length, 2);
});

test("a page that is seen again does not wait for its turn, nor one whose network is back", () => {
  for (const type of ["visibilitychange", "online", "pageshow", "resume"]) {
    const before = Wire.all.length;
    wire().drops(1006);
    page.dispatchEvent(new Event(type));
    assert.equal(Wire.all.length, before + 1, type);
  }
});

test("a closed room is looked at again at once when the page is", () => {
  wire().drops(4410);
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(Wire.all.length, 2);
});

test("on waking, a connection in doubt is asked, and given up where it does not answer", () => {
  opened();
  sleep(20_000);
  page.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(wire().sent, [{ type: "since", version: 0 }]);
  pass(RoomSocket.answerMs + RoomSocket.beatMs + 300);
  assert.equal(Wire.all.length, 2);
});

test("one that answers stays", () => {
  opened();
  sleep(20_000);
  page.dispatchEvent(new Event("visibilitychange"));
  wire().says({ type: "changes", version: 0, segments: [] });
  pass(20_000);
  assert.equal(Wire.all.length, 1);
});

test("waking to a connection that just spoke changes nothing", () => {
  opened();
  page.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual([Wire.all.length, wire().sent], [1, []]);
});

test("a clock that is put back keeps a living connection", () => {
  opened();
  mock.timers.setTime(0);
  pass(30_000);
  assert.equal(Wire.all.length, 1);
});

test("readers of a server that stops come back spread over seconds, not all at once", () => {
  for (const code of [4503, 1001, 1012, 4000]) {
    for (const [drawn, earliestMs] of [[0, 150], [1, RoomSocket.spreadMs + 150]]) {
      share = drawn;
      opened();
      const before = Wire.all.length;
      wire().drops(code);
      mock.timers.tick(earliestMs - 1);
      assert.equal(Wire.all.length, before, `${code} ${drawn}`);
      mock.timers.tick(10_000);
      assert.equal(Wire.all.length, before + 1, `${code} ${drawn}`);
      assert.equal(states.at(-1), "waiting");
    }
  }
});

test("a server that goes on refusing is asked less and less often", () => {
  share = 0;
  const moments = [];
  for (let i = 0; i < 8; i += 1) {
    const atMs = Date.now();
    const before = Wire.all.length;
    wire().says({ type: "error", code: "server.unavailable", message: "In a moment.", fatal: true });
    wire().drops(4503);
    while (Wire.all.length === before) mock.timers.tick(50);
    moments.push(Date.now() - atMs);
  }
  assert.ok(moments.at(-1) >= 5000, moments);
  assert.equal(socket.state, "waiting");
});

test("what a given-up connection still says is not heard", () => {
  const first = wire();
  first.drops(1006);
  mock.timers.tick(300);
  first.says({ type: "hello", version: 9, segments: [] });
  assert.deepEqual(events, []);
});

test("it asks for changes only while it is open", () => {
  socket.version = 3;
  socket.ask();
  assert.deepEqual(wire().sent, []);
  wire().says({ type: "hello", version: 3, segments: [] });
  socket.ask();
  assert.deepEqual(wire().sent, [{ type: "since", version: 3 }]);
});

test("closed, it stays closed", () => {
  wire().says({ type: "hello", version: 0, segments: [] });
  socket.close();
  mock.timers.tick(120_000);
  assert.equal(Wire.all.length, 1);
  assert.equal(wire().closed, true);
});
