// @ts-check
import { post } from "../net/post.js";
import { say } from "../view/dom.js";
import { filled, gettext, ngettext } from "../words/gettext.js";
import { said } from "../words/said.js";

/** How long nobody types until what was typed is looked at. */
const AT_REST_MS = 500;

/** Says while somebody types whether that could be spoken, and where it could not. Spends nothing. */
export class TextCheck {
  #text;
  #note;
  #go;
  #url;
  #speechOf;
  #asked = 0;
  #place = { line: 1, column: 1 };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;

  /**
   * @param {HTMLTextAreaElement} text
   * @param {HTMLElement} note
   * @param {HTMLButtonElement} go leads to the place that is wrong, where it is known
   * @param {string} url
   * @param {() => {text: string, voice: string}} speechOf what would be spoken now
   */
  constructor(text, note, go, url, speechOf) {
    this.#text = text;
    this.#note = note;
    this.#go = go;
    this.#url = url;
    this.#speechOf = speechOf;
    go.addEventListener("click", () => this.#lead());
  }

  /** Something is another now. */
  changed() {
    clearTimeout(this.#resting);
    this.#asked += 1;
    this.#resting = setTimeout(() => void this.#ask(this.#asked), AT_REST_MS);
  }

  /** @param {number} number */
  async #ask(number) {
    const speech = this.#speechOf();
    if (!speech.text.trim() || !speech.voice) {
      this.#tell("");
      return;
    }
    const { ok, body } = await post(this.#url, speech);
    if (number !== this.#asked) return; // more was typed meanwhile
    if (ok) this.#tell(inWords(body.pieces));
    else this.#tell(said(body), body.values);
  }

  /** @param {string} words @param {{line?: number, column?: number}} [place] */
  #tell(words, { line, column } = {}) {
    say(this.#note, words);
    this.#go.hidden = line === undefined;
    this.#place = { line: Number(line ?? 1), column: Number(column ?? 1) };
  }

  #lead() {
    const { line, column } = this.#place;
    const before = this.#text.value.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
    this.#text.focus();
    this.#text.setSelectionRange(at, at + 1);
  }
}

/** @param {number} count */
function inWords(count) {
  if (count < 2) return gettext("This can be spoken.");
  const words = ngettext("This can be spoken, in %(count)s piece.", "This can be spoken, in %(count)s pieces.", count);
  return filled(words, { count });
}
