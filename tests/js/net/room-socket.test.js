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
const wire = () => Wire.all.at(-1);

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  Wire.all = [];
  states = [];
  events = [];
  socket = new RoomSocket("/ws/rooms/hall/", { base: "http://localhost/", Socket: Wire });
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
  mock.timers.tick(RoomSocket.closedRoomMs);
  assert.equal(states.at(-1), "refused");
  wire().says({ type: "hello", version: 0, segments: [] });
  assert.equal(states.at(-1), "open");
  assert.equal(socket.reason, "");
});

test("a silent connection is given up", () => {
  const first = wire();
  first.says({ type: "hello", version: 0, segments: [] });
  mock.timers.tick(RoomSocket.silenceMs - 1);
  first.says({ type: "tick", version: 0 });
  mock.timers.tick(RoomSocket.silenceMs - 1);
  assert.equal(states.at(-1), "open");
  mock.timers.tick(1);
  assert.equal(states.at(-1), "waiting");
  assert.equal(first.closed, true);
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
