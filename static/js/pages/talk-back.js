// @ts-check
import { Interruption } from "../audio/interruption.js";
import { Speaker } from "../audio/speaker.js";
import { SourceProblem } from "../audio/sources.js";
import { SteadySource } from "../audio/steady.js";
import { define } from "../elements/define.js";
import { MicMeter } from "../elements/mic-meter.js";
import { MicPicker } from "../elements/mic-picker.js";
import { TalkSocket } from "../net/talk-socket.js";
import { answerTo } from "../state/answers.js";
import { applyTalk, isOn, nobodyTalks } from "../state/conversation.js";
import { talkInWords } from "../state/conversation-words.js";
import { directionOf } from "../state/direction.js";
import { noticeInWords, problemInWords } from "../state/host-words.js";
import { spendInWords } from "../state/spend-words.js";
import { make, say } from "../view/dom.js";
import { gettext } from "../words/gettext.js";
import { voiceFor } from "./chosen-voice.js";

define({ "mic-meter": MicMeter, "mic-picker": MicPicker });

/** Echoes die away: a microphone that heard the loudspeakers is listened to a little later. */
const ECHO_MS = 300;
/** The browser's own echo cancellation is what lets one interrupt; the rest would only change the voice. */
const PROCESSING = { echoCancellation: true, noiseSuppression: false, autoGainControl: false };

/** Talking with the page: microphone, conversation, answer. */
class TalkBack {
  #root;
  #part;
  #meter;
  #picker;
  #speaker;
  #addresses;
  #talk = nobodyTalks;
  /** @type {TalkSocket | null} */
  #socket = null;
  /** @type {SteadySource | null} */
  #sound = null;
  #interruption = new Interruption();
  /** @type {import("../audio/speaker.js").Speaking | null} */
  #speaking = null;
  #deafUntilMs = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    const { speechSocket = "", playbackWorklet = "", providers = "", voices = "" } = root.dataset;
    this.#root = root;
    this.#part = (/** @type {string} */ name) => /** @type {any} */ (root.querySelector(`[data-part="${name}"]`));
    this.#meter = /** @type {MicMeter} */ (root.querySelector("mic-meter"));
    this.#picker = /** @type {MicPicker} */ (root.querySelector("mic-picker"));
    this.#speaker = new Speaker(speechSocket, playbackWorklet);
    this.#addresses = { providers, voices };
    this.#part("start").addEventListener("click", () => void this.#start());
    this.#part("stop").addEventListener("click", () => void this.#stop());
    this.#part("may-interrupt").addEventListener("change", () => this.#render(this.#talk));
    this.#picker.addEventListener("microphone:chosen", () => void this.#changeMicrophone());
    addEventListener("pagehide", () => this.#hangUp());
    this.#chooseLanguage();
    this.#render(nobodyTalks);
    root.dataset.ready = "true";
  }

  get #mayInterrupt() {
    return this.#part("may-interrupt").checked;
  }

  /** The page's own language, where it is spoken here at all. */
  #chooseLanguage() {
    const own = document.documentElement.lang.split("-")[0];
    const found = [...this.#part("language").options].find(({ value }) => value.split("-")[0] === own);
    if (found) found.selected = true;
  }

  // --- on and off ---

  async #start() {
    if (isOn(this.#talk)) return;
    this.#turn({ type: "open" });
    const sound = this.#heard(new SteadySource(this.#root.dataset.captureWorklet ?? ""));
    this.#sound = sound;
    try {
      await sound.begin(this.#microphone);
    } catch (error) {
      const { title, text } = problemInWords({ code: error instanceof SourceProblem ? error.code : "failed", button: `“${gettext("Start")}”` });
      if (this.#sound === sound) this.#leave({ type: "refused", message: `${title}. ${text}` });
      return;
    }
    if (this.#sound !== sound) {
      void sound.end(); // stopped while the browser asked
      return;
    }
    const path = new URL(this.#root.dataset.socket ?? "", location.href.replace(/^http/, "ws"));
    this.#socket = this.#connected(new TalkSocket(path.href));
    this.#socket.start(this.#part("language").value);
  }

  async #stop() {
    if (this.#talk.phase === "stopping") return this.#leave({ type: "stopped", reason: "asked" });
    this.#turn({ type: "stop" });
    const [sound, socket] = [this.#sound, this.#socket];
    this.#sound = null;
    await sound?.end();
    this.#meter.rest();
    if (socket) socket.stop();
    else this.#leave({ type: "stopped", reason: "asked" });
  }

  /** Nobody listens any more, however it came to that. @param {any} event */
  #leave(event) {
    this.#hangUp();
    this.#meter.rest();
    this.#turn(event);
  }

  #hangUp() {
    this.#socket?.abandon();
    void this.#sound?.end();
    this.#speaking?.stop();
    this.#socket = this.#sound = this.#speaking = null;
  }

  get #microphone() {
    return { kind: /** @type {const} */ ("microphone"), ...this.#picker.choice, processing: PROCESSING };
  }

  async #changeMicrophone() {
    try {
      await this.#sound?.change(this.#microphone);
    } catch (error) {
      const { title, text } = problemInWords({ code: error instanceof SourceProblem ? error.code : "failed" });
      this.#turn({ type: "problem", message: `${title}. ${text}` });
    }
  }

  // --- what the microphone and the server tell ---

  /** @param {SteadySource} sound */
  #heard(sound) {
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ act) =>
      sound.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("chunk", (pcm) => {
      if (!this.#isDeaf) this.#socket?.push(pcm);
    });
    on("level", (level) => {
      if (sound !== this.#sound) return;
      this.#meter.show(level);
      const isVoice = this.#interruption.hear(level, performance.now());
      if (isVoice && this.#mayInterrupt) this.#turn({ type: "loud" });
    });
    on("source", (opened) => void this.#picker.show(opened));
    on("notice", (notice) => {
      const words = noticeInWords(notice);
      if (words) this.#turn({ type: "problem", message: words.text });
    });
    return sound;
  }

  /** Whether what the microphone hears now is the answer, and so is left out. */
  get #isDeaf() {
    if (this.#mayInterrupt) return false;
    if (this.#talk.phase === "answering") this.#deafUntilMs = performance.now() + ECHO_MS;
    return performance.now() < this.#deafUntilMs;
  }

  /** @param {TalkSocket} socket */
  #connected(socket) {
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ act) =>
      socket.addEventListener(type, (event) => {
        if (socket === this.#socket) act(/** @type {CustomEvent} */ (event).detail);
      });
    on("ready", () => this.#turn({ type: "ready" }));
    on("interim", (text) => this.#turn({ type: "interim", text }));
    on("final", ({ text }) => this.#turn({ type: "final", text }));
    on("spend", (spend) => say(this.#part("spend"), spendInWords(spend).text));
    on("problem", (message) => this.#turn({ type: "problem", message }));
    on("stopped", (reason) => this.#leave({ type: "stopped", reason }));
    on("refused", (message) => this.#leave({ type: "refused", message }));
    return socket;
  }

  // --- the answer ---

  /** Says the answer that is wanted now, and no other. */
  async #answer() {
    this.#speaking?.stop();
    this.#speaking = null;
    const { answer, turns } = this.#talk;
    if (!answer) return;
    const text = answerTo(turns[turns.length - 1].text, this.#part("sentence").value);
    const fail = (/** @type {string} */ message) => this.#turn({ type: "failed", answer, message });
    let voice;
    try {
      voice = await voiceFor("", this.#addresses);
    } catch (error) {
      return fail(error instanceof Error ? error.message : String(error));
    }
    if (this.#talk.answer !== answer) return;
    const speaking = this.#speaker.speak({ ...voice, text });
    this.#speaking = speaking;
    speaking.addEventListener("sounding", () => this.#turn({ type: "sounding", answer, text }));
    const { how, message } = await speaking.ended;
    if (how === "failed") fail(message);
    else this.#turn({ type: "ended", answer });
  }

  // --- what the page shows ---

  /** @param {any} event */
  #turn(event) {
    const before = this.#talk;
    this.#talk = applyTalk(before, event);
    if (this.#talk === before) return;
    if (this.#talk.answer !== before.answer) void this.#answer();
    this.#render(before);
  }

  /** @param {Readonly<import("../state/conversation.js").Conversation>} before */
  #render(before) {
    const talk = this.#talk;
    this.#root.dataset.phase = talk.phase;
    say(this.#part("state"), talkInWords(talk, { mayInterrupt: this.#mayInterrupt }));
    say(this.#part("problem"), talk.problem);
    say(this.#part("interim"), talk.interim);
    if (talk.turns !== before.turns) this.#renderTurns();
    this.#renderButtons();
  }

  #renderButtons() {
    const [start, stop] = [this.#part("start"), this.#part("stop")];
    const focused = document.activeElement === start || document.activeElement === stop;
    start.hidden = isOn(this.#talk);
    stop.hidden = !start.hidden;
    if (focused) (start.hidden ? stop : start).focus({ preventScroll: true });
    this.#part("language").disabled = isOn(this.#talk);
  }

  /** Lines that are there stay as they are: what is new is added. */
  #renderTurns() {
    const place = this.#part("turns");
    const { turns } = this.#talk;
    while (place.children.length > turns.length) place.firstElementChild.remove();
    turns.forEach((turn, number) => {
      const lang = turn.who === "person" ? this.#part("language").value : "";
      fillTurn(place.children[number] ?? place.appendChild(turnLine(lang)), turn);
    });
    place.scrollTop = place.scrollHeight;
  }
}

/** @param {string} lang of what it says, if known */
function turnLine(lang) {
  const words = make("span", { class: "turn__text", dir: lang ? directionOf(lang) : "auto", ...(lang && { lang }) });
  return make("p", { class: "turn" }, make("span", { class: "turn__who" }), words, make("span", { class: "turn__mark" }));
}

/** @param {Element} line @param {import("../state/conversation.js").Turn} turn */
function fillTurn(line, { who, text, cut }) {
  const [name, words, mark] = line.children;
  line.setAttribute("data-who", who);
  say(name, who === "person" ? gettext("You") : gettext("Answer"));
  say(words, text);
  say(mark, cut ? gettext("(interrupted)") : "");
}

for (const root of document.querySelectorAll("[data-talk]")) if (root instanceof HTMLElement) new TalkBack(root);
