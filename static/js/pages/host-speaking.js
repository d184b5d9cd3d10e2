// @ts-check
import { button, say, write } from "../view/dom.js";
import { gettext } from "../words/gettext.js";
import { voiceFor } from "./chosen-voice.js";

/**
 * A button beside each caption that has it spoken once, here: how does it sound, was that understood?
 *
 * The buttons are one stop for the Tab key, the newest caption's unless another was chosen: arrow keys, Home
 * and End go from one to the next. Pressed again, or with Escape, it is silent.
 */
export class SpokenCaptions {
  #log;
  #speaker;
  #addresses;
  #isOnAir;
  #tell;
  #warned = false;
  /** The button that Tab comes to. @type {HTMLElement | null} */
  #current = null;
  /** @type {{ pressed: HTMLElement, speaking: import("../audio/speaker.js").Speaking | null } | null} */
  #playing = null;

  /**
   * @param {HTMLElement} log whose children are captions (view/caption-line.js)
   * @param {object} page
   * @param {import("../audio/speaker.js").Speaker} page.speaker
   * @param {import("./chosen-voice.js").Addresses} page.addresses
   * @param {() => boolean} page.isOnAir whether a microphone would hear it and have it captioned
   * @param {(words: string) => void} page.tell says what went wrong; nothing takes that away
   */
  constructor(log, { speaker, addresses, isOnAir, tell }) {
    this.#log = log;
    this.#speaker = speaker;
    this.#addresses = addresses;
    this.#isOnAir = isOnAir;
    this.#tell = tell;
    log.addEventListener("focusin", ({ target }) => this.#choose(buttonIn(target)));
    log.addEventListener("keydown", (event) => this.#key(event));
    new MutationObserver(() => this.#equip()).observe(log, { childList: true });
    this.#equip();
  }

  get #buttons() {
    return /** @type {HTMLElement[]} */ ([...this.#log.querySelectorAll(".caption:not([hidden]) > .caption__speak")]);
  }

  #equip() {
    for (const line of this.#log.querySelectorAll(".caption:not(.caption--gap)")) {
      if (!line.querySelector(".caption__speak")) line.append(" ", this.#made(line));
    }
    const isIn = this.#log.contains(document.activeElement);
    if (!isIn || !this.#current?.isConnected) this.#choose(this.#buttons.at(-1) ?? null);
  }

  /** @param {Element} line */
  #made(line) {
    const [text] = line.children;
    text.id ||= `caption-${text.getAttribute("data-segment-id")}`;
    const made = button(gettext("Speak"), "text-button caption__speak", () => void this.#press(made, line));
    const language = document.documentElement.lang;
    write(made, { tabindex: "-1", lang: language, dir: "auto", "data-testid": "speak-caption", "aria-describedby": text.id });
    made.title = gettext("Speak this caption. Your microphone hears it, unless you wear headphones.");
    return made;
  }

  /** @param {HTMLElement | null} next */
  #choose(next) {
    if (!next || next === this.#current) return;
    if (this.#current) this.#current.tabIndex = -1;
    next.tabIndex = 0;
    this.#current = next;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const pressed = buttonIn(event.target);
    if (!pressed || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") this.#silence();
    const buttons = this.#buttons;
    const at = buttons.indexOf(pressed);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons[to]?.focus();
  }

  #silence() {
    const playing = this.#playing;
    this.#playing = null;
    if (playing) show(playing.pressed, false);
    playing?.speaking?.stop();
  }

  /** @param {HTMLElement} pressed @param {Element} line */
  async #press(pressed, line) {
    const again = this.#playing?.pressed === pressed;
    this.#silence();
    this.#tell("");
    if (again) return;
    if (this.#isOnAir() && !this.#warned) {
      this.#warned = true;
      this.#tell(gettext("You are on the air: your microphone would hear this, and it would be captioned again. Put on headphones, then press Speak once more."));
      return;
    }
    const playing = /** @type {NonNullable<typeof this.#playing>} */ ({ pressed, speaking: null });
    this.#playing = playing;
    show(pressed, true);
    const failed = await this.#speak(playing, line.children[0]);
    if (this.#playing !== playing) return;
    this.#silence();
    if (failed) this.#tell(failed);
  }

  /** Speaks it to its end; what went wrong, in words. @param {NonNullable<typeof this.#playing>} playing @param {Element} place */
  async #speak(playing, place) {
    try {
      const voice = await voiceFor(place.getAttribute("lang") ?? "", this.#addresses);
      if (this.#playing !== playing) return "";
      playing.speaking = this.#speaker.speak({ ...voice, text: place.textContent ?? "" });
      return (await playing.speaking.ended).message;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** @param {HTMLElement} pressed @param {boolean} isSpeaking */
function show(pressed, isSpeaking) {
  say(pressed, isSpeaking ? gettext("Stop") : gettext("Speak"));
  pressed.toggleAttribute("data-speaking", isSpeaking);
}

/** @param {EventTarget | null} target */
const buttonIn = (target) => (target instanceof HTMLElement && target.matches(".caption__speak") ? target : null);
