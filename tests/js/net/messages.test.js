import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, mayLift, isForAll, isRefusal, refusalInWords, since, withAfter } from "../../../static/js/net/messages.js";

test("a message is an object with a type, anything else is none", () => {
  assert.deepEqual(decode('{"type":"tick","version":3}'), { type: "tick", version: 3 });
  for (const other of ["", "{", "null", "[]", "{}", '{"type":1}', new ArrayBuffer(2)]) assert.equal(decode(other), null);
});

test("a refill is asked for by version", () => {
  assert.deepEqual(JSON.parse(since(7)), { type: "since", version: 7 });
});

test("a refusal is for good, a lost connection is not", () => {
  for (const code of [4401, 4403, 4404, 4410]) assert.equal(isRefusal(code), true);
  for (const code of [1000, 1001, 1006, 1011, 4000, 4503, 4508]) assert.equal(isRefusal(code), false);
});

test("only a closed room may open again", () => {
  assert.ok(mayLift(4410, "room.closed") && mayLift(4410, ""));
  assert.ok(mayLift(4403, "embed.refused"));
  assert.ok(!mayLift(4410, "session.over") && !mayLift(4404, "") && !mayLift(4403, "room.not_allowed"));
});

test("a server that stops is known from a network that breaks", () => {
  assert.ok([1001, 1012, 4503].every(isForAll));
  assert.ok(![1000, 1006, 4508, 4410].some(isForAll));
});

test("a refusal without words gets some", () => {
  assert.match(refusalInWords(4404), /no such room/);
  assert.ok(refusalInWords(4999));
});

test("a socket's address follows the page's scheme and goes on after a version", () => {
  assert.equal(withAfter("/ws/rooms/a/", 0, "https://x.org/r/a/"), "wss://x.org/ws/rooms/a/");
  assert.equal(withAfter("/ws/rooms/a/", 9, "http://x.org:8000/"), "ws://x.org:8000/ws/rooms/a/?after=9");
});
