// @ts-check
import { postForm } from "../net/post.js";
import { button, make, say } from "../view/dom.js";
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
    const rest = make("div", { class: "cluster" }, again, this.#share(each, text), this.#delete(each, text));
    return make("li", {}, make("p", {}, make("bdi", {}, text), " ", told), rest);
  }

  /** A link that shows a try's settings, and spends nothing. @param {Try} each @param {string} text */
  #share(each, text) {
    const made = button(gettext("Share"), "button button--quiet button--small", async () => {
      const { ok } = await postForm(`tries/${each.id}/share/`, { on: "1" });
      if (!ok) return;
      const link = new URL(`?try=${each.id}`, location.origin + location.pathname).href;
      try {
        await navigator.clipboard.writeText(link);
        made.removeAttribute("aria-label");
        say(made, gettext("Link copied"));
      } catch {
        made.replaceWith(make("input", { type: "text", readonly: "", dir: "ltr", value: link, "aria-label": gettext("Share") }));
      }
    });
    made.setAttribute("aria-label", `${gettext("Share")}: ${text}`);
    return made;
  }

  /** @param {Try} each @param {string} text */
  #delete(each, text) {
    const made = button(gettext("Delete"), "button button--quiet button--small", async () => {
      const { ok } = await postForm(`tries/${each.id}/delete/`, {});
      if (ok) await this.load();
    });
    made.setAttribute("aria-label", `${gettext("Delete")}: ${text}`);
    return made;
  }
}
