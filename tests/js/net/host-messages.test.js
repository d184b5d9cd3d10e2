import assert from "node:assert/strict";
import test from "node:test";

import { chunkMessage, endOf, startMessage } from "../../../static/js/net/host-messages.js";

test("a chunk is its index and its samples, little-endian", () => {
  const bytes = new Uint8Array(chunkMessage(0x01020304, Int16Array.of(1, -2)));
  assert.deepEqual([...bytes], [4, 3, 2, 1, 1, 0, 0xfe, 0xff]);
});

test("an index beyond 31 bits stays unsigned", () => {
  assert.equal(new DataView(chunkMessage(4_000_000_000, new Int16Array(0))).getUint32(0, true), 4_000_000_000);
});

test("a start names a language or a session, never both", () => {
  assert.deepEqual(JSON.parse(startMessage({ language: "de-DE" })), { type: "start", language: "de-DE" });
  assert.deepEqual(JSON.parse(startMessage({ language: "de-DE", session: "s" })), { type: "start", session: "s" });
});

test("taking over is said only where it is meant", () => {
  assert.equal(JSON.parse(startMessage({ language: "de-DE", takeOver: true })).take_over, true);
  assert.ok(!("take_over" in JSON.parse(startMessage({ language: "de-DE" }))));
});

test("a trace goes along where there is one", () => {
  assert.deepEqual(JSON.parse(startMessage({ language: "de-DE", trace: "7f3k2mxy" })), {
    type: "start",
    language: "de-DE",
    trace: "7f3k2mxy",
  });
  assert.equal(JSON.parse(startMessage({ language: "de-DE", session: "s", trace: "7f3k2mxy" })).trace, "7f3k2mxy");
});

test("an error says more than the close code after it", () => {
  assert.deepEqual(endOf({ code: "session.over" }, 4410), { code: "session.over", final: true });
  assert.deepEqual(endOf(null, 4410), { code: "room.closed", final: true });
});

test("used-up speech time is left at that, whether or not its words came through", () => {
  assert.deepEqual(endOf({ code: "spend.used_up" }, 4402), { code: "spend.used_up", final: true });
  assert.deepEqual(endOf(null, 4402), { code: "spend.used_up", final: true });
});

test("a connection that just ended may come back", () => {
  for (const closeCode of [1000, 1001, 1006, 1011, 1012, 4502, 4508]) assert.equal(endOf(null, closeCode).final, false);
});
