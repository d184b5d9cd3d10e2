import assert from "node:assert/strict";
import { test } from "node:test";
import { sent, usable } from "../../../static/js/tts/options.js";

const option = (name, more = {}) => ({ name, kind: "number", default: 1, transports: [], ...more });
const names = (options) => options.map(({ name }) => name);

test("a setting of another way is not offered", () => {
  const options = [option("speed"), option("effects", { transports: ["rest"] })];
  assert.deepEqual(names(usable(options, "websocket", undefined)), ["speed"]);
  assert.deepEqual(names(usable(options, "rest", undefined)), ["speed", "effects"]);
});

test("settings of a voice are offered where it has any", () => {
  const options = [option("voice_config", { kind: "object" })];
  const withStyle = { schema: { properties: { style: { enum: ["calm"] } } } };
  assert.deepEqual(names(usable(options, "rest", withStyle)), ["voice_config"]);
  assert.deepEqual(names(usable(options, "rest", { schema: null })), []);
});

test("what is as it is by itself is not sent, nor what cannot be set", () => {
  const options = [option("speed"), option("volume")];
  assert.deepEqual(sent(options, { speed: 1.5, volume: 1, pitch: 3 }), { speed: 1.5 });
});
