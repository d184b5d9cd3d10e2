// @ts-check
import { gettext } from "../words/gettext.js";
import { button, make } from "./dom.js";

/**
 * @typedef {{key: string, words: string, act: () => void, shown?: string}} Shortcut `shown`: the key's name
 */

/**
 * Single keys that act, and the list of them (`?`).
 *
 * They can be switched off (WCAG 2.2, 2.1.4), and never act while something is being typed or chosen, or
 * with a modifier held.
 */
export class Shortcuts {
  isOn = true;
  #shortcuts;
  #list;

  /** @param {Shortcut[]} shortcuts @param {HTMLElement} place where the list stands */
  constructor(shortcuts, place) {
    const help = { key: "?", words: gettext("Show this list of keys"), act: () => this.showList() };
    this.#shortcuts = [...shortcuts, help];
    this.#list = this.#makeList();
    place.append(this.#list);
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  showList() {
    if (!this.#list.open) this.#list.showModal();
  }

  #pressed(/** @type {KeyboardEvent} */ event) {
    if (!this.isOn || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.isComposing || isTakenBy(event.target, event.key) || this.#list.open) return;
    const shortcut = this.#shortcuts.find(({ key }) => key === event.key || key === event.key.toLowerCase());
    if (!shortcut) return;
    event.preventDefault();
    shortcut.act();
  }

  #makeList() {
    const title = make("h2", { id: "vox-keys-title", class: "keys__title" }, gettext("Keys"));
    const rows = this.#shortcuts.map(({ key, shown, words }) =>
      make("div", {}, make("dt", {}, make("kbd", {}, shown ?? key)), make("dd", {}, words)),
    );
    const note = make("p", { class: "small muted" }, gettext("Keys can be switched off in the display settings."));
    const close = button(gettext("Close"), "button button--quiet button--small", () => this.#list.close());
    const head = make("div", { class: "settings__head" }, title, close);
    return make("dialog", { class: "keys", "aria-labelledby": title.id }, head, make("dl", {}, ...rows), note);
  }
}

/** Whether a key means something where the focus is. @param {EventTarget | null} target @param {string} key */
function isTakenBy(target, key) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("select, textarea")) return true;
  if (!target.matches("input")) return false;
  const type = /** @type {HTMLInputElement} */ (target).type;
  return !["checkbox", "radio", "range", "button"].includes(type) || ["+", "-", "End", "Home"].includes(key);
}
