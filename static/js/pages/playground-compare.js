// @ts-check
import { SpeechSound } from "../audio/speech-sound.js";
import { post } from "../net/post.js";
import { letter, shuffled } from "../state/blind.js";
import { silenceInWords } from "../state/silence-words.js";
import { button, make, say } from "../view/dom.js";
import { filled, gettext } from "../words/gettext.js";
import { said } from "../words/said.js";

/** @typedef {{provider: string, transport: string, voice: string, language: string, options: Record<string, any>}} Settings
 * @typedef {{settings: Settings, sound: SpeechSound, row: HTMLTableRowElement, timing: Record<string, any>, tryId: string}} Contender */

/** The server speaks no more than so many at once for one page. */
const MOST = 4;
const FIGURES = /** @type {const} */ (["first_byte_ms", "total_ms", "audio_ms"]);

/** The same text by up to four voices at once, their figures in a table; and, where nobody may know which is
 * which, a vote between two. */
export class SideBySide {
  #part;
  #socket;
  #worklet;
  #votesUrl;
  #speechOf;
  /** @type {Settings[]} */
  #chosen = [];
  /** @type {Map<number, Contender>} */
  #running = new Map();
  /** @type {Contender[]} */
  #contenders = [];

  /** @param {(name: string) => any} part @param {import("../tts/speech-socket.js").SpeechSocket} socket
   * @param {{worklet: string, votes: string}} addresses @param {() => Settings & {text: string}} speechOf what is chosen now */
  constructor(part, socket, { worklet, votes }, speechOf) {
    this.#part = part;
    this.#socket = socket;
    this.#worklet = worklet;
    this.#votesUrl = votes;
    this.#speechOf = speechOf;
    part("add-voice").addEventListener("click", () => this.#add());
    part("compare").addEventListener("click", () => this.#speak());
    this.#listen();
    this.#offer();
  }

  #add() {
    const { text: _, ...settings } = this.#speechOf();
    if (settings.voice && this.#chosen.length < MOST) this.#chosen.push(settings);
    this.#offer();
  }

  #offer() {
    const items = this.#chosen.map((settings) => {
      const remove = button("✕", "text-button", () => {
        this.#chosen = this.#chosen.filter((each) => each !== settings);
        this.#offer();
        this.#part("add-voice").focus();
      });
      remove.setAttribute("aria-label", filled(gettext("Leave out %(name)s"), { name: settings.voice }));
      return make("li", {}, make("bdi", {}, settings.voice), " ", remove);
    });
    this.#part("contenders").replaceChildren(...items);
    this.#part("add-voice").disabled = this.#chosen.length >= MOST;
    this.#part("compare").disabled = this.#chosen.length < 2;
  }

  #speak() {
    const { text } = this.#speechOf();
    this.#silence();
    this.#running.clear();
    this.#part("vote").replaceChildren();
    this.#state("");
    const isBlind = this.#part("blind").checked;
    const order = isBlind ? shuffled(this.#chosen) : this.#chosen;
    this.#contenders = order.map((settings, place) => this.#enter(settings, isBlind ? letter(place) : settings.voice));
    this.#part("results").replaceChildren(...this.#contenders.map(({ row }) => row));
    this.#part("results-table").hidden = false;
    for (const contender of this.#contenders) {
      this.#running.set(this.#socket.speak({ ...contender.settings, text }, { keep: true, trace: false }), contender);
    }
  }

  /** @param {Settings} settings @param {string} name @returns {Contender} */
  #enter(settings, name) {
    const sound = new SpeechSound(this.#worklet, false);
    sound.addEventListener("silent", (event) => {
      const mayHelp = /** @type {CustomEvent} */ (event).detail;
      this.#state(silenceInWords({ mayHelp, isFile: sound.isFile }));
    });
    const cells = FIGURES.map((figure) => make("td", { "data-figure": figure, "data-label": WORDS[figure]() }, "…"));
    const play = button(gettext("Play"), "button button--quiet button--small", () => {
      this.#silence();
      sound.replay();
    });
    play.setAttribute("aria-label", filled(gettext("Play %(name)s"), { name }));
    play.disabled = true;
    const row = make("tr", {}, make("th", { scope: "row" }, make("bdi", {}, name)), ...cells, make("td", {}, play));
    return { settings, sound, row, timing: {}, tryId: "" };
  }

  #listen() {
    const on = (/** @type {string} */ type, /** @type {(contender: Contender, detail: any) => void} */ take) =>
      this.#socket.addEventListener(type, (event) => {
        const { detail } = /** @type {CustomEvent} */ (event);
        const contender = this.#running.get(detail.id);
        if (contender) take(contender, detail);
      });
    on("format", ({ sound }, { media_type: mediaType, rate_hz: rateHz }) => sound.begin(mediaType, rateHz));
    on("audio", ({ sound }, { bytes }) => sound.push(bytes));
    on("timing", (contender, timing) => this.#time(contender, timing));
    on("done", (contender, { id, timing, try: tryId }) => {
      contender.tryId = tryId ?? "";
      contender.sound.end();
      this.#time(contender, timing);
      this.#finish(id, contender);
    });
    on("error", (contender, error) => {
      this.#state(said(error));
      this.#finish(error.id, contender);
    });
    on("stopped", (contender, { id }) => this.#finish(id, contender));
    this.#socket.addEventListener("lost", () => this.#running.clear());
  }

  /** @param {number} id @param {Contender} contender */
  #finish(id, { sound, row }) {
    this.#running.delete(id);
    const play = row.querySelector("button");
    if (play) play.disabled = sound.isEmpty;
    if (this.#running.size) return;
    if (!this.#part("state-compare").textContent) this.#state(gettext("All have spoken. Play each in turn."));
    if (this.#part("blind").checked) this.#offerVote();
  }

  /** @param {Contender} contender @param {Record<string, any>} timing */
  #time(contender, timing) {
    contender.timing = { ...contender.timing, ...timing };
    for (const figure of FIGURES) {
      const value = contender.timing[figure];
      const cell = contender.row.querySelector(`[data-figure=${figure}]`);
      if (cell && typeof value === "number") say(cell, `${Math.round(value)} ms`);
    }
  }

  #offerVote() {
    const [a, b, ...more] = this.#contenders;
    if (more.length || !a.tryId || !b.tryId) return;
    const choices = /** @type {const} */ ([["a", gettext("A is better")], ["b", gettext("B is better")], ["none", gettext("Neither is better")]]);
    const buttons = choices.map(([choice, words]) => button(words, "button button--quiet", () => void this.#vote(a, b, choice)));
    this.#part("vote").replaceChildren(...buttons);
  }

  /** Names are told with the vote, not before. @param {Contender} a @param {Contender} b @param {"a" | "b" | "none"} choice */
  async #vote(a, b, choice) {
    const { ok, body } = await post(this.#votesUrl, { a: a.tryId, b: b.tryId, choice });
    if (!ok) {
      this.#state(said(body));
      return;
    }
    this.#part("vote").replaceChildren();
    this.#state(filled(gettext("Thank you. A was %(a)s, B was %(b)s."), { a: a.settings.voice, b: b.settings.voice }));
  }

  #silence() {
    for (const { sound } of this.#contenders) sound.stop();
  }

  /** @param {string} words */
  #state(words) {
    say(this.#part("state-compare"), words);
  }
}

const WORDS = {
  first_byte_ms: () => gettext("First byte after"),
  total_ms: () => gettext("All there after"),
  audio_ms: () => gettext("Length"),
};
