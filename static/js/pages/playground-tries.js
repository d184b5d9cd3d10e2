// @ts-check
import { button, make } from "../view/dom.js";
import { filled, gettext } from "../words/gettext.js";

/** @typedef {{id: string, name: string, made_at: string, speech: any, timing: any, is_mine?: boolean}} Try */

/** What was tried before, as a list; one is taken up again or deleted. Tells by `take` (detail: the try). */
export class TryList extends EventTarget {
  #list;
  #none;
  #url;

  /** @param {HTMLElement} list @param {HTMLElement} none shown while there is none @param {string} url */
  constructor(list, none, url) {
    super();
    this.#list = list;
    this.#none = none;
    this.#url = url;
  }

  async load() {
    try {
      const answer = await fetch(this.#url);
      if (!answer.ok) return;
      const { tries } = await answer.json();
      this.#list.replaceChildren(...tries.map((/** @type {Try} */ each) => this.#row(each)));
      this.#none.hidden = tries.length > 0;
    } catch {
      // They are a convenience; the bench works without.
    }
  }

  /** @param {Try} each */
  #row(each) {
    const { speech, timing } = each;
    const text = speech.text.length > 120 ? `${speech.text.slice(0, 120)}…` : speech.text;
    const first = timing?.first_byte_ms;
    const figures = first ? filled(gettext("First byte after %(ms)s ms"), { ms: Math.round(first) }) : "";
    const told = make("span", { class: "small muted", dir: "ltr" }, [speech.voice, figures].filter(Boolean).join(" · "));
    const again = button(gettext("Take up again"), "button button--quiet button--small", () =>
      this.dispatchEvent(new CustomEvent("take", { detail: each })),
    );
    again.setAttribute("aria-label", `${gettext("Take up again")}: ${text}`);
    return make("li", {}, make("p", {}, make("bdi", {}, text), " ", told), again);
  }
}
