// @ts-check
import { sent, usable } from "../tts/options.js";
import { facets, fitting } from "../tts/voices.js";
import { make } from "../view/dom.js";
import { keep, recall } from "../view/memory.js";
import { optionField } from "../view/option-field.js";
import { filled, gettext, ngettext } from "../words/gettext.js";
import { VoiceSamples } from "./playground-samples.js";

/** @typedef {import("../tts/voices.js").Voice} Voice */
/** @typedef {{name: string, label: string, transports: string[], options: import("../tts/options.js").Option[], note: string}} Provider */

/** Where a voice speaks many languages, this stands for them. */
const MANY = "multi";
const PINS = "voxweb.voices";
const TRANSPORTS = new Map([
  ["websocket", () => gettext("WebSocket")],
  ["rest", () => gettext("HTTP, streamed")],
  ["sse", () => gettext("HTTP, as events")],
]);

/** Who says it: provider, way, voice and settings, as controls. Tells of changes by `change`. */
export class VoicePicker extends EventTarget {
  #part;
  #voicesUrl;
  #samples;
  /** @type {Provider[]} */
  #providers = [];
  /** @type {Voice[]} */
  #voices = [];
  /** @type {string[]} */
  #pins = recallPins();
  #voiceId = "";
  /** @type {Promise<void>} */
  #settled = Promise.resolve();
  /** @type {Record<string, any>} */
  #values = {};

  /** @param {(name: string) => any} part @param {string} voicesUrl */
  constructor(part, voicesUrl) {
    super();
    this.#part = part;
    this.#voicesUrl = voicesUrl;
    this.#samples = new VoiceSamples(part("sampling"));
    part("provider").addEventListener("change", () => void this.#chooseProvider());
    part("transport").addEventListener("change", () => this.#changed());
    part("locale").addEventListener("change", () => this.#changed());
    for (const name of ["search", "language", "gender", "style"]) part(name).addEventListener("input", () => this.#list());
    part("reset").addEventListener("click", () => {
      this.#values = {};
      this.#changed();
    });
  }

  /** Begins with providers and, where there is one, a speech. @param {Provider[]} providers @param {any} speech */
  async begin(providers, speech) {
    this.#providers = providers;
    this.#part("provider").replaceChildren(...providers.map(({ name, label }) => make("option", { value: name }, label)));
    await this.take(speech ?? {});
  }

  /** Shows a speech's settings. @param {any} speech */
  async take({ provider, transport, voice, language, options }) {
    if (this.#providers.some(({ name }) => name === provider)) this.#part("provider").value = provider;
    this.#values = { ...options };
    this.#voiceId = voice ?? "";
    await this.#chooseProvider();
    if (transport) this.#part("transport").value = transport;
    if (language) this.#part("locale").value = language;
    this.#changed();
  }

  /** What is chosen, without the text. */
  get speech() {
    const transport = this.#part("transport").value;
    const options = sent(this.#usable, this.#values, this.#voice);
    const language = this.#part("locale").value;
    return { provider: this.#provider?.name ?? "", transport, voice: this.#voice?.id ?? "", language, options };
  }

  get #provider() {
    return this.#providers.find(({ name }) => name === this.#part("provider").value);
  }

  get #voice() {
    return this.#voices.find(({ id }) => id === this.#voiceId);
  }

  get #usable() {
    return usable(this.#provider?.options ?? [], this.#part("transport").value, this.#voice, this.#values);
  }

  async #chooseProvider() {
    const provider = this.#provider;
    if (!provider) return;
    const ways = provider.transports.map((way) => make("option", { value: way }, TRANSPORTS.get(way)?.() ?? way));
    this.#part("transport").replaceChildren(...ways);
    this.#part("note").textContent = provider.note;
    // Nobody is to speak with a voice of the one before.
    this.#voices = [];
    this.#list();
    this.#settled = this.#take(provider.name);
    await this.#settled;
  }

  /** @param {string} provider */
  async #take(provider) {
    const voices = await this.#load(provider);
    if (provider !== this.#provider?.name) return; // another was chosen meanwhile
    this.#voices = voices;
    if (!this.#voice) this.#voiceId = this.#first?.id ?? "";
    this.#offer();
    this.#list();
    this.#changed();
  }

  /** Done as soon as the voices of the provider that is chosen are there. */
  async settled() {
    let awaited;
    while (awaited !== this.#settled) {
      awaited = this.#settled;
      await awaited;
    }
  }

  get #first() {
    const pinned = this.#voices.find(({ id }) => this.#pins.includes(id));
    const own = document.documentElement.lang.split("-")[0];
    return pinned ?? this.#voices.find(({ locales }) => locales[0]?.startsWith(own)) ?? this.#voices[0];
  }

  /** @param {string} provider @returns {Promise<Voice[]>} */
  async #load(provider) {
    try {
      const answer = await fetch(`${this.#voicesUrl}?provider=${encodeURIComponent(provider)}`);
      const body = await answer.json();
      if (answer.ok) return body.voices;
      this.dispatchEvent(new CustomEvent("error", { detail: body }));
    } catch {
      const message = gettext("The voices cannot be loaded. Load the page again.");
      this.dispatchEvent(new CustomEvent("error", { detail: { message } }));
    }
    return [];
  }

  #offer() {
    const { languages, genders, styles } = facets(this.#voices);
    const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
    const genderWords = { female: gettext("Female"), male: gettext("Male"), neutral: gettext("Neutral") };
    fill(this.#part("language"), languages.map((code) => [code, named(names, code)]));
    fill(this.#part("gender"), genders.map((gender) => [gender, /** @type {any} */ (genderWords)[gender] ?? gender]));
    fill(this.#part("style"), styles.map((style) => [style, style]));
    this.#part("style-field").hidden = styles.length === 0;
  }

  #list() {
    const [words, language, gender, style] = ["search", "language", "gender", "style"].map((name) => this.#part(name).value);
    const found = fitting(this.#voices, { words, language, gender, style }, this.#pins);
    this.#part("found").textContent = filled(ngettext("%(count)s voice", "%(count)s voices", found.length), { count: found.length });
    this.#part("voices").replaceChildren(...found.map((voice) => this.#row(voice)));
  }

  /** @param {Voice} voice */
  #row(voice) {
    const radio = make("input", { type: "radio", name: "voice", value: voice.id });
    radio.checked = voice.id === this.#voiceId;
    radio.addEventListener("change", () => {
      this.#voiceId = voice.id;
      this.#changed();
    });
    const locales = make("span", { class: "small muted", dir: "ltr" }, voice.locales.slice(0, 3).join(" "));
    const label = make("label", {}, radio, make("bdi", {}, voice.name), locales);
    const row = make("li", {}, label, this.#samples.button(this.#provider?.name ?? "", voice), this.#pin(voice));
    this.#samples.follow(row, this.#provider?.name ?? "", voice);
    return row;
  }

  /** @param {Voice} voice */
  #pin(voice) {
    const isPinned = () => this.#pins.includes(voice.id);
    const pin = make("button", { type: "button", class: "text-button" });
    const show = () => {
      pin.textContent = isPinned() ? "★" : "☆";
      pin.setAttribute("aria-pressed", `${isPinned()}`);
    };
    pin.setAttribute("aria-label", filled(gettext("Pin %(name)s"), { name: voice.name }));
    pin.addEventListener("click", () => {
      this.#pins = isPinned() ? this.#pins.filter((id) => id !== voice.id) : [...this.#pins, voice.id];
      keep("local", PINS, this.#pins);
      show();
    });
    show();
    return pin;
  }

  #changed() {
    const locales = this.#voice?.locales ?? [];
    const locale = this.#part("locale").value;
    this.#part("locale-field").hidden = locales.length < 2;
    this.#part("locale").replaceChildren(...locales.map((each) => make("option", { value: each }, each)));
    if (locales.includes(locale)) this.#part("locale").value = locale;
    const focused = document.activeElement?.id;
    this.#part("options").replaceChildren(
      ...this.#usable.map((option) =>
        optionField(option, this.#values[option.name], this.#voice, (value) => {
          this.#values = { ...this.#values, [option.name]: value };
          // A choice may bring others into being, or take them away.
          if (option.kind === "choice") this.#changed();
          else this.dispatchEvent(new Event("change"));
        }),
      ),
    );
    if (focused) document.getElementById(focused)?.focus();
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {HTMLSelectElement} select @param {[string, string][]} choices */
function fill(select, choices) {
  const any = make("option", { value: "" }, gettext("Any"));
  select.replaceChildren(any, ...choices.map(([value, words]) => make("option", { value }, words)));
}

/** @param {Intl.DisplayNames} names @param {string} code */
function named(names, code) {
  if (code === MANY) return gettext("Several languages");
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

function recallPins() {
  const kept = recall("local", PINS);
  return Array.isArray(kept) ? kept.map(String) : [];
}
