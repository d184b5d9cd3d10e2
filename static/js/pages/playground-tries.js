// @ts-check
import { postForm } from "../net/post.js";
import { button, make, say } from "../view/dom.js";
import { filled, gettext } from "../words/gettext.js";

/** @typedef {{id: string, name: string, made_at: string, speech: any, timing: any, has_audio: boolean}} Try */

const NAME_MAX = 80;

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
    const rest = make("div", { class: "cluster" }, again, this.#rename(each, text), this.#share(each, text), this.#delete(each, text));
    const name = make("b", { class: "try__name" }, make("bdi", {}, each.name));
    name.hidden = !each.name;
    return make("li", {}, make("p", {}, name, " ", make("bdi", {}, text), " ", told), ...heard(each), rest);
  }

  /** A name in the place of the button, and back. @param {Try} each @param {string} text */
  #rename(each, text) {
    const made = button(gettext("Name"), "button button--quiet button--small", () => {
      const input = make("input", { type: "text", maxlength: `${NAME_MAX}`, autocomplete: "off", "aria-label": gettext("Name of this try") });
      input.value = each.name;
      const form = make("form", { class: "cluster" }, input, make("button", { type: "submit", class: "button button--quiet button--small" }, gettext("Save")));
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const { ok } = await postForm(`tries/${each.id}/name/`, { name: input.value });
        if (!ok) return;
        await this.load();
        // What had the focus is gone with the old list.
        /** @type {HTMLElement | null} */ (this.#list.querySelector(`[data-names="${each.id}"]`))?.focus();
      });
      form.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        form.replaceWith(made);
        made.focus();
      });
      made.replaceWith(form);
      input.focus();
    });
    made.dataset.names = each.id;
    made.setAttribute("aria-label", `${gettext("Name")}: ${each.name || text}`);
    return made;
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

/** The sound of a try, where it was kept. @param {Try} each */
function heard(each) {
  if (!each.has_audio) return [];
  const audio = make("audio", { controls: "", preload: "none", src: `tries/${each.id}/audio` });
  audio.setAttribute("aria-label", each.name || each.speech.voice);
  return [audio];
}
