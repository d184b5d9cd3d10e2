import assert from "node:assert/strict";
import { test } from "node:test";

const kept = new Map();
Object.defineProperty(globalThis, "localStorage", {
  configurable: true,
  value: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
});
/** What the site's lists say. */
const LISTS = {
  providers: { providers: [{ name: "first", transports: ["websocket", "rest"] }, { name: "second", transports: ["rest"] }] },
  "voices?provider=first": { voices: [{ id: "Ann", locales: ["en-US"] }, { id: "Bea", locales: ["de-AT", "de-DE"] }] },
  "voices?provider=second": { voices: [{ id: "Cem", locales: ["tr-TR"] }] },
};
let answers = LISTS;
globalThis.fetch = async (address) => {
  const body = answers[address];
  return { ok: !body?.code, json: async () => body };
};
const ADDRESSES = { providers: "providers", voices: "voices" };
const { keepVoice, recallVoice, voiceFor } = await import("../../../static/js/pages/chosen-voice.js");

test("where none was chosen it is the first that speaks the language, in its nearest spelling", async () => {
  const found = await voiceFor("de-DE", ADDRESSES);
  assert.deepEqual(found, { provider: "first", transport: "websocket", voice: "Bea", language: "de-DE", options: {} });
  assert.equal((await voiceFor("de-CH", ADDRESSES)).language, "de-AT");
});

test("where nobody speaks the language it is the first voice of all", async () => {
  assert.equal((await voiceFor("sw-KE", ADDRESSES)).voice, "Ann");
});

test("what went wrong is said as the site says it", async () => {
  answers = { providers: { code: "voice.lost", message: "It is away." } };
  await assert.rejects(voiceFor("en-US", ADDRESSES), /It is away/);
  answers = LISTS;
});

test("what is kept of another time is used, unless it is broken", () => {
  for (const broken of ["{", "null", "[]", '{"provider":5,"voice":"x"}']) {
    kept.set("voxweb.speech", broken);
    assert.equal(recallVoice(), null);
  }
  kept.set("voxweb.speech", '{"provider":"second","voice":"Cem"}');
  assert.deepEqual(recallVoice(), { provider: "second", transport: "websocket", voice: "Cem", language: "", options: {} });
});

test("the chosen voice speaks its own language, and one that nobody else of its provider speaks", async () => {
  keepVoice({ provider: "first", transport: "rest", voice: "Ann", language: "en-US", options: { speed: 1.2 }, text: "no" });
  assert.equal(kept.get("voxweb.speech").includes("no"), false);
  assert.deepEqual((await voiceFor("en-GB", ADDRESSES)).options, { speed: 1.2 });
  assert.equal((await voiceFor("de-DE", ADDRESSES)).voice, "Bea");
  assert.equal((await voiceFor("sw-KE", ADDRESSES)).voice, "Ann");
});

test("what was chosen on a page without a voice is not kept", () => {
  keepVoice({ provider: "second", transport: "rest", voice: "", language: "", options: {} });
  assert.equal(recallVoice().voice, "Ann");
});
