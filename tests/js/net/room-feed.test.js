import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { RoomFeed } from "../../../static/js/net/room-feed.js";
import { FakeRoom } from "./fake-room.js";

let room;
let feed;
const texts = () => feed.log.segments.map(({ text }) => text);

/** All that is under way without a timer. */
const settled = async () => {
  for (let i = 0; i < 50; i += 1) await undefined;
};
const pass = async (ms) => {
  mock.timers.tick(ms);
  await settled();
};
/** Away while something happens, and back. */
const away = async (happens) => {
  room.last.drop();
  happens();
  await pass(300);
  room.last.accept();
  await settled();
};

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  room = new FakeRoom();
  feed = new RoomFeed({
    socketPath: "/ws/rooms/hall/",
    segmentsPath: "/r/hall/segments",
    base: "http://localhost/",
    Socket: room.Socket,
    fetch: room.fetch,
  });
});

function reading() {
  feed.start();
  room.last.accept();
}

test("it tells of each change of its log and of its state", () => {
  const told = [];
  for (const type of ["change", "state"]) feed.addEventListener(type, () => told.push(type));
  room.say();
  reading();
  assert.deepEqual(told, ["state", "state", "change"]);
  assert.equal(feed.state, "open");
  room.say();
  assert.deepEqual(told.slice(3), ["change"]);
  assert.deepEqual(texts(), ["text 1", "text 2"]);
});

test("who joins late has the newest captions and gets the older ones when asked", async () => {
  for (let i = 0; i < 10; i += 1) room.say();
  reading();
  assert.deepEqual(texts(), room.texts.slice(-4));
  await feed.earlier();
  await feed.earlier();
  assert.deepEqual(texts(), room.texts);
  assert.equal(feed.log.more, false);
});

test("what was said while it was away comes when it is back", async () => {
  room.say();
  reading();
  await away(() => room.say());
  assert.deepEqual(texts(), room.texts);
  assert.deepEqual(room.fetched, []);
});

test("after an hour's sleep all of it is fetched, in order, once", async () => {
  room.say();
  reading();
  await away(() => {
    for (let i = 0; i < 50; i += 1) room.say(i < 20 ? "s1" : i < 35 ? "s2" : "s3");
  });
  assert.deepEqual(texts(), room.texts);
  assert.equal(feed.log.missed, null);
  assert.equal(new Set(feed.log.segments.map(({ id }) => id)).size, 51);
});

test("a session that began and ended while it slept stands in its place", async () => {
  room.say("s1");
  reading();
  await away(() => {
    for (const session of ["s2", "s2", "s2", "s2", "s2", "s3", "s4", "s5", "s5", "s5", "s5"]) room.say(session);
  });
  assert.deepEqual(feed.log.sessions, ["s1", "s2", "s3", "s4", "s5"]);
  assert.deepEqual(texts(), room.texts);
});

test("a second sleep before the first was made up for loses neither", async () => {
  room.say();
  reading();
  room.answers = false;
  const many = () => {
    for (let i = 0; i < 10; i += 1) room.say();
  };
  await away(many);
  await away(many);
  assert.notDeepEqual(texts(), room.texts);
  room.answers = true;
  await pass(10_000);
  assert.deepEqual(texts(), room.texts);
});

test("pages that cannot be had now are asked for again, also while nobody speaks", async () => {
  room.say();
  reading();
  room.answers = false;
  await away(() => {
    for (let i = 0; i < 10; i += 1) room.say();
  });
  for (let i = 0; i < 5; i += 1) await pass(10_000);
  room.answers = true;
  await pass(10_000);
  assert.deepEqual(texts(), room.texts);
});

test("a page that leads no further is not asked for without end", async () => {
  room.say();
  reading();
  const stuck = { version: 1, segments: [], more: true };
  let asked = 0;
  feed = new RoomFeed({
    socketPath: "/ws/rooms/hall/",
    segmentsPath: "/r/hall/segments",
    base: "http://localhost/",
    Socket: room.Socket,
    fetch: async () => {
      asked += 1;
      return { ok: true, json: async () => stuck };
    },
  });
  reading();
  await away(() => {
    for (let i = 0; i < 10; i += 1) room.say();
  });
  assert.equal(asked, 1);
});

test("corrections and deletions of an hour come with it", async () => {
  for (const session of ["s1", "s1", "s2", "s2"]) room.say(session);
  reading();
  await away(() => {
    room.correct(3, "better");
    room.remove("s1");
    for (let i = 0; i < 10; i += 1) room.say("s3");
  });
  assert.deepEqual(texts(), room.texts);
  assert.ok(texts().includes("better"));
});

test("a caption corrected while its page is still to come stands in its place, corrected", async () => {
  room.say("s1");
  reading();
  room.answers = false;
  await away(() => {
    for (let i = 0; i < 10; i += 1) room.say(i < 3 ? "s2" : "s3");
  });
  room.correct(3, "better");
  room.say("s3");
  room.answers = true;
  await pass(10_000);
  assert.deepEqual(texts(), room.texts);
});

test("a change that was lost on its way is asked for", async () => {
  reading();
  room.last.deaf = true;
  room.say();
  room.last.deaf = false;
  room.say();
  assert.deepEqual(texts(), ["text 2"]);
  await pass(1500);
  assert.deepEqual(texts(), room.texts);
});

test("a network that flaps at every point shows what a steady reader sees", async () => {
  let step = 0;
  const cuts = [
    () => room.last.drop(),
    () => {
      room.last.accept();
      room.last.drop();
    },
    () => {
      room.last.accept();
      room.say();
      room.last.drop();
    },
    () => {
      room.last.deaf = true;
      room.say();
      room.last.drop();
    },
  ];
  reading();
  for (let i = 0; i < 40; i += 1) {
    cuts[(step += 7) % cuts.length]();
    for (let n = 0; n <= i % 6; n += 1) room.say(`s${Math.floor(i / 9)}`);
    if (i % 5 === 0) room.correct(1 + i, `corrected ${i}`);
    room.answers = i % 3 !== 0;
    await pass(10_000);
    if (i % 4 === 0) room.last.accept();
    await settled();
  }
  room.answers = true;
  room.last.accept();
  await pass(20_000);
  assert.deepEqual(texts(), room.texts);
});

test("stopped, it asks for nothing; started again, it goes on from what it holds", async () => {
  room.say();
  reading();
  feed.stop();
  assert.equal(feed.state, "");
  assert.ok(room.last.closed);
  await pass(120_000);
  assert.equal(room.sockets.length, 1);
  room.say();
  feed.start();
  assert.match(room.last.url, /\?after=1$/);
  room.last.accept();
  assert.deepEqual(texts(), room.texts);
});
