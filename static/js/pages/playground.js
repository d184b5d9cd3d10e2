// @ts-check
import { SpeechSound } from "../audio/speech-sound.js";
import { SpeechSocket } from "../tts/speech-socket.js";
import { withoutTags } from "../tts/tags.js";
import { say } from "../view/dom.js";
import { keep, recall } from "../view/memory.js";
import { SeekBar } from "../view/seek-bar.js";
import { drawWaveform } from "../view/waveform.js";
import { WireList } from "../view/wire-list.js";
import { filled, gettext } from "../words/gettext.js";
import { said } from "../words/said.js";
import { keepVoice, recallVoice } from "./chosen-voice.js";
import { TextCheck } from "./playground-check.js";
import { SideBySide } from "./playground-compare.js";
import { RecipeBox } from "./playground-recipes.js";
import { TryList } from "./playground-tries.js";
import { VoicePicker } from "./playground-voice.js";

/** What is typed is kept until the tab is closed. */
const TEXT = "voxweb.bench.text";
const STEPS = ["connect_ms", "ready_ms", "first_byte_ms", "first_sound_ms", "total_ms"];

/** @param {HTMLElement} bench */
class Bench {
  #part;
  #socket;
  #picker;
  #wire;
  #tries;
  #seekBar;
  #check;
  #worklet;
  /** @type {SpeechSound | null} */
  #sound = null;
  #id = 0;
  #asked = 0;
  #askedAtMs = 0;
  /** @type {Record<string, any>} */
  #timing = {};
  #text = "";
  #try = "";
  #fileUrl = "";
  #frame = 0;

  /** @param {HTMLElement} bench */
  constructor(bench) {
    const { socket = "", worklet = "", voices = "", tries = "", recipes = "", votes = "", check = "" } = bench.dataset;
    this.#part = (/** @type {string} */ name) => /** @type {any} */ (bench.querySelector(`[data-part=${name}]`));
    this.#worklet = worklet;
    this.#socket = new SpeechSocket(socket);
    this.#picker = new VoicePicker(this.#part, voices);
    this.#wire = new WireList(this.#part("wire"));
    this.#tries = new TryList(this.#part("tries"), this.#part("no-tries"), tries);
    this.#seekBar = new SeekBar(this.#part("waveform"));
    const speechOf = () => ({ ...this.#picker.speech, text: this.#part("form").text.value });
    this.#check = new TextCheck(this.#part("form").text, this.#part("check"), this.#part("check-go"), check, speechOf);
    new RecipeBox(this.#part, recipes, speechOf);
    new SideBySide(this.#part, this.#socket, { worklet, votes }, speechOf);
    this.#listen();
    this.#act(bench);
  }

  /** @param {string} providersUrl */
  async begin(providersUrl) {
    this.#part("form").text.value = recall("session", TEXT) ?? "";
    this.#count();
    const answer = await fetch(providersUrl);
    const { providers } = await answer.json();
    const shared = new URLSearchParams(location.search).get("try");
    const kept = shared ? await this.#tryOf(shared) : null;
    if (kept) this.#part("form").text.value = kept.speech.text;
    this.#count();
    await this.#picker.begin(providers, kept?.speech ?? recallVoice());
    await this.#tries.load();
  }

  /** @param {string} id */
  async #tryOf(id) {
    const answer = await fetch(`tries/${encodeURIComponent(id)}.json`);
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    this.#fail(body);
    return null;
  }

  /** @param {HTMLElement} bench */
  #act(bench) {
    const form = this.#part("form");
    form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.#speak();
    });
    form.text.addEventListener("input", () => {
      keep("session", TEXT, form.text.value);
      this.#count();
      this.#check.changed();
    });
    form.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void this.#speak();
      }
    });
    bench.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.#part("stop").disabled) this.#stop();
    });
    this.#part("stop").addEventListener("click", () => this.#stop());
    this.#part("replay").addEventListener("click", () => this.#replay(0));
    this.#seekBar.addEventListener("preview", () => this.#drawSoon());
    this.#seekBar.addEventListener("seek", (event) => this.#replay(/** @type {CustomEvent} */ (event).detail));
    this.#part("save-wire").addEventListener("click", () => this.#saveWire());
    this.#part("copy-speech").addEventListener("click", () => void this.#copy());
    this.#tries.addEventListener("take", (event) => {
      const { speech } = /** @type {CustomEvent} */ (event).detail;
      form.text.value = speech.text;
      keep("session", TEXT, speech.text);
      this.#count();
      void this.#picker.take(speech);
      form.text.focus();
    });
    this.#picker.addEventListener("change", () => {
      keepVoice(this.#picker.speech);
      this.#check.changed();
    });
    this.#picker.addEventListener("error", (event) => this.#fail(/** @type {CustomEvent} */ (event).detail));
  }

  #listen() {
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ take) =>
      this.#socket.addEventListener(type, (event) => {
        const { detail } = /** @type {CustomEvent} */ (event);
        if (detail.id === undefined || detail.id === this.#id) take(detail);
      });
    on("accepted", () => this.#state(gettext("Asked for; waiting for the first sound.")));
    on("format", ({ media_type: mediaType, rate_hz: rateHz }) => this.#sound?.begin(mediaType, rateHz));
    on("piece", ({ text }) => this.#sound?.piece(text));
    on("audio", ({ bytes }) => this.#sound?.push(bytes));
    on("wire", (wire) => {
      this.#wire.add(wire);
      this.#part("save-wire").disabled = false;
    });
    on("timing", (timing) => this.#time(timing));
    on("waiting", (waiting) => this.#state(said(waiting)));
    on("warning", (warning) => this.#state(said(warning)));
    on("done", ({ timing, try: id }) => {
      this.#try = id ?? "";
      this.#time(timing);
      this.#sound?.end();
      this.#tellOfPlaying();
      void this.#tries.load();
    });
    on("stopped", () => this.#finish(gettext("Stopped.")));
    on("error", (error) => this.#fail(error));
    this.#socket.addEventListener("lost", () => {
      const message = gettext("The connection was lost. What you typed is still here: press Speak again.");
      this.#fail({ message });
    });
  }

  async #speak() {
    this.#stop();
    this.#say("");
    const text = this.#part("form").text.value;
    if (!text.trim()) {
      this.#fail({ field: "text", message: gettext("There is nothing to speak. Type a text first.") });
      return;
    }
    this.#asked += 1;
    const asked = this.#asked;
    await this.#picker.settled();
    if (asked !== this.#asked) return; // pressed again, or stopped, meanwhile
    const { speech } = this.#picker;
    this.#text = speech.options.ssml ? withoutTags(text) : text;
    this.#try = "";
    this.#timing = {};
    this.#wire.clear();
    this.#part("save-wire").disabled = true;
    this.#begin();
    this.#askedAtMs = performance.now();
    this.#id = this.#socket.speak({ ...speech, text }, { keep: true, trace: true, keep_audio: this.#part("keep-audio").checked });
    this.#state(gettext("Asking the provider."));
    this.#part("stop").disabled = false;
  }

  #begin() {
    const sound = new SpeechSound(this.#worklet);
    this.#sound = sound;
    this.#time({});
    this.#part("replay").disabled = true;
    this.#part("download").removeAttribute("href");
    this.#part("download").setAttribute("aria-disabled", "true");
    say(this.#part("download"), gettext("Download"));
    sound.addEventListener("change", () => this.#drawSoon());
    sound.addEventListener("first", () => {
      this.#time({ first_sound_ms: performance.now() - this.#askedAtMs });
      this.#state(gettext("Speaking."));
      this.#tellOfPlaying();
    });
    sound.addEventListener("ended", () => this.#finish(gettext("Spoken to its end.")));
    sound.addEventListener("silent", (event) => {
      const mayHelp = /** @type {CustomEvent} */ (event).detail;
      const never = sound.isFile
        ? gettext("This browser cannot play this format. Download it instead.")
        : gettext("This browser cannot play it as it is made. Download it instead.");
      this.#fail({ message: mayHelp ? gettext("The browser plays nothing yet: press Play again.") : never });
      this.#part("replay").disabled = false;
    });
    this.#draw();
  }

  /** @param {number} fromMs */
  #replay(fromMs) {
    this.#part("stop").disabled = false;
    this.#sound?.replay(fromMs);
  }

  #stop() {
    this.#asked += 1;
    this.#socket.stop(this.#id);
    this.#sound?.stop();
    if (!this.#part("stop").disabled) this.#finish(gettext("Stopped."));
  }

  /** @param {string} words */
  #finish(words) {
    this.#part("stop").disabled = true;
    this.#state(words);
    const sound = this.#sound;
    if (!sound || sound.isEmpty) return;
    // How long a file is only its player knows.
    if (this.#timing.audio_ms === undefined && sound.lengthMs) this.#time({ audio_ms: Math.round(sound.lengthMs) });
    this.#part("replay").disabled = false;
    URL.revokeObjectURL(this.#fileUrl);
    this.#fileUrl = URL.createObjectURL(sound.file());
    this.#part("download").href = this.#fileUrl;
    this.#part("download").download = sound.fileName;
    const format = sound.fileName.split(".")[1].toUpperCase();
    say(this.#part("download"), filled(gettext("Download as %(format)s"), { format }));
    this.#part("download").removeAttribute("aria-disabled");
  }

  #tellOfPlaying() {
    const first = this.#timing.first_sound_ms;
    if (this.#try && first !== undefined) this.#socket.report(this.#try, first, this.#sound?.underruns ?? 0);
  }

  /** @param {{message?: string, field?: string}} error */
  #fail(error) {
    this.#sound?.end(false);
    this.#finish("");
    this.#say(said(error));
    if (error.field === "text") this.#part("form").text.focus();
  }

  /** @param {string} words */
  #say(words) {
    say(this.#part("error"), words);
    this.#part("form").text.setAttribute("aria-invalid", `${Boolean(words)}`);
  }

  /** @param {string} words */
  #state(words) {
    say(this.#part("state"), words);
  }

  #count() {
    const count = this.#part("form").text.value.length;
    say(this.#part("count"), filled(gettext("%(count)s characters"), { count }));
  }

  /** Once a frame at most: sound comes, and is heard, more often. */
  #drawSoon() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const sound = this.#sound;
    if (!sound) return;
    this.#seekBar.show(sound);
    const atMs = this.#seekBar.wantedMs ?? sound.playedMs;
    drawWaveform(this.#part("waveform"), sound.samples, sound.lengthMs ? atMs / sound.lengthMs : 0);
    const lit = document.createElement("mark");
    lit.textContent = this.#text.slice(0, sound.spoken);
    this.#part("spoken").replaceChildren(lit, this.#text.slice(sound.spoken));
    if (sound.underruns !== this.#timing.underruns) this.#time({ underruns: sound.underruns });
  }

  /** @param {Record<string, any>} more */
  #time(more) {
    this.#timing = { ...this.#timing, ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== null)) };
    const { total_ms: total, audio_ms: length } = this.#timing;
    const factor = total && length ? (total / length).toFixed(3) : undefined;
    const shown = { ...this.#timing, real_time_factor: factor };
    for (const cell of this.#part("timing").querySelectorAll("[data-timing]")) {
      say(cell, figure(cell.dataset.timing, /** @type {any} */ (shown)[cell.dataset.timing]));
    }
    this.#drawTimeline();
  }

  /** When each thing came, as stretches of a line. */
  #drawTimeline() {
    const moments = STEPS.map((name) => this.#timing[name]).filter((ms) => ms !== undefined);
    const last = Math.max(...moments, 1);
    const line = this.#part("timeline");
    const sorted = moments.toSorted((a, b) => a - b);
    line.replaceChildren(...sorted.map((ms, number) => {
      const stretch = document.createElement("span");
      stretch.style.setProperty("--from", `${(100 * (sorted[number - 1] ?? 0)) / last}%`);
      stretch.style.setProperty("--to", `${(100 * ms) / last}%`);
      return stretch;
    }));
  }

  /** The speech as scripts send it (docs/protocol.md). */
  async #copy() {
    const speech = { ...this.#picker.speech, text: this.#part("form").text.value };
    try {
      await navigator.clipboard.writeText(JSON.stringify(speech, null, 2));
      this.#state(gettext("Text and settings are copied, as scripts send them."));
    } catch {
      this.#state(gettext("This browser does not let pages copy. Use a try's link instead."));
    }
  }

  #saveWire() {
    const file = new Blob([JSON.stringify(this.#wire.messages, null, 2)], { type: "application/json" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = "speech-messages.json";
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

/** @param {string} name @param {number | string | undefined} value */
function figure(name, value) {
  if (value === undefined) return "–";
  if (name === "audio_ms") return `${(Number(value) / 1000).toFixed(2)} s`;
  return name.endsWith("_ms") ? `${Math.round(Number(value))} ms` : `${value}`;
}

const root = document.querySelector("[data-playground]");
if (root instanceof HTMLElement) {
  root.hidden = false;
  void new Bench(root).begin(root.dataset.providers ?? "");
}
