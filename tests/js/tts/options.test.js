import assert from "node:assert/strict";
import { test } from "node:test";
import { sent, usable } from "../../../static/js/tts/options.js";

const option = (name, more = {}) => ({
  name,
  kind: "number",
  default: 1,
  choices: [],
  transports: [],
  voices: [],
  needs: {},
  ...more,
});
const names = (options) => options.map(({ name }) => name);

test("a setting of another way is not offered", () => {
  const options = [option("speed"), option("effects", { transports: ["rest"] })];
  assert.deepEqual(names(usable(options, "websocket", undefined, {})), ["speed"]);
  assert.deepEqual(names(usable(options, "rest", undefined, {})), ["speed", "effects"]);
});

test("settings of a voice are offered where it has any", () => {
  const options = [option("voice_config", { kind: "object" })];
  const withStyle = { schema: { properties: { style: { enum: ["calm"] } } } };
  assert.deepEqual(names(usable(options, "rest", withStyle, {})), ["voice_config"]);
  assert.deepEqual(names(usable(options, "rest", { schema: null }, {})), []);
});

test("what is as it is by itself is not sent, nor what cannot be set", () => {
  const options = [option("speed"), option("volume")];
  assert.deepEqual(sent(options, { speed: 1.5, volume: 1, pitch: 3 }), { speed: 1.5 });
});

test("a setting of some voices is offered with them alone", () => {
  const options = [option("stability", { voices: ["proplus-"] })];
  assert.deepEqual(names(usable(options, "rest", { id: "proplus-Mia" }, {})), ["stability"]);
  assert.deepEqual(names(usable(options, "rest", { id: "ai3-Aria" }, {})), []);
  assert.deepEqual(names(usable(options, "rest", undefined, {})), []);
});

test("a setting that needs another is offered with it", () => {
  const format = option("format", { kind: "choice", choices: ["wav", "mp3"], default: "wav" });
  const options = [format, option("bit_rate", { needs: { format: ["mp3"] } })];
  assert.deepEqual(names(usable(options, "rest", undefined, {})), ["format"]);
  assert.deepEqual(names(usable(options, "rest", undefined, { format: "mp3" })), ["format", "bit_rate"]);
});

test("styles are offered where the voice has some, and sent where it has this one", () => {
  const options = [option("effect", { kind: "style", default: null })];
  const voice = { id: "a", styles: ["calm"] };
  assert.deepEqual(names(usable(options, "rest", voice, {})), ["effect"]);
  assert.deepEqual(names(usable(options, "rest", { id: "a", styles: [] }, {})), []);
  assert.deepEqual(sent(options, { effect: "calm" }, voice), { effect: "calm" });
  assert.deepEqual(sent(options, { effect: "loud" }, voice), {});
});

test("a choice of another way is not sent", () => {
  const options = [option("format", { kind: "choice", choices: ["wav", "mp3"], default: "wav" })];
  assert.deepEqual(sent(options, { format: "ogg" }), {});
  assert.deepEqual(sent(options, { format: "mp3" }), { format: "mp3" });
});
