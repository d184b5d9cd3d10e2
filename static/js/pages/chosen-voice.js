// @ts-check
/**
 * The voice that was last chosen on the playground, for whatever else on this site speaks: kept on the device,
 * without a text. Where none was chosen it is the first that speaks a language.
 *
 * @typedef {{ provider: string, transport: string, voice: string, language: string, options: Record<string, any> }} Settings
 * @typedef {{ providers: string, voices: string }} Addresses of the lists of providers and voices
 */
import { primary } from "../tts/voices.js";
import { keep, recall } from "../view/memory.js";
import { gettext } from "../words/gettext.js";
import { said } from "../words/said.js";

const KEY = "voxweb.speech";
/** Without storage it holds until the page is left. @type {Settings | null} */
let chosen = null;

/** @param {Settings} settings as they are on the page now */
export function keepVoice({ provider, transport, voice, language, options }) {
  if (!provider || !voice) return;
  chosen = { provider, transport, voice, language, options };
  keep("local", KEY, chosen);
}

/** @returns {Settings | null} */
export function recallVoice() {
  if (chosen) return chosen;
  const kept = recall("local", KEY);
  if (typeof kept?.provider !== "string" || typeof kept.voice !== "string") return null;
  const { provider, transport = "websocket", voice, language = "", options } = kept;
  return { provider, transport, voice, language, options: Object(options) };
}

/**
 * The voice to speak a text of this language: the chosen one, unless it is of another language and its provider
 * has one of this.
 * @param {string} language BCP 47; empty: whatever was chosen
 * @param {Addresses} addresses
 * @returns {Promise<Settings>}
 * @throws {Error} whose message says what to do
 */
export async function voiceFor(language, addresses) {
  const kept = recallVoice();
  if (kept && (!language || !kept.language || primary(kept.language) === primary(language))) return kept;
  const first = await firstVoice(language, kept?.provider ?? "", addresses);
  if (first) return first;
  if (kept) return kept;
  throw new Error(gettext("There is no voice for this language. Choose one on the playground."));
}

/** @param {string} language @param {string} wanted a provider @param {Addresses} addresses @returns {Promise<Settings | null>} */
async function firstVoice(language, wanted, addresses) {
  const { providers } = await fetched(addresses.providers);
  const provider = providers.find((/** @type {any} */ { name }) => name === wanted) ?? providers[0];
  if (!provider) return null;
  const { voices } = await fetched(`${addresses.voices}?provider=${encodeURIComponent(provider.name)}`);
  const speaks = (/** @type {any} */ { locales }) => locales.some((/** @type {string} */ locale) => primary(locale) === primary(language));
  const voice = voices.find(speaks) ?? (wanted ? null : voices[0]);
  if (!voice) return null;
  const locale = voice.locales.find((/** @type {string} */ each) => each === language) ?? voice.locales.find((/** @type {string} */ each) => primary(each) === primary(language));
  return { provider: provider.name, transport: provider.transports[0], voice: voice.id, language: locale ?? voice.locales[0] ?? "", options: {} };
}

/** @param {string} address */
async function fetched(address) {
  let answer;
  try {
    answer = await fetch(address);
  } catch {
    throw new Error(gettext("The voices cannot be loaded. Load the page again."));
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said(body) || gettext("The voices cannot be loaded. Load the page again."));
  return body;
}
