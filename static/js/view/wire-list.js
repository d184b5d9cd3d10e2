// @ts-check
import { gettext } from "../words/gettext.js";
import { make } from "./dom.js";

/** @typedef {{direction: "in" | "out", kind: string, at_ms: number, size_bytes: number, body: string, is_cut: boolean}} Wire */

/** Most messages that are shown; all of them are saved. */
const MOST_SHOWN = 500;

/** The messages between the site and a provider, as a list that can be opened. */
export class WireList {
  #list;
  /** @type {Wire[]} */
  messages = [];

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  clear() {
    this.messages = [];
    this.#list.replaceChildren();
  }

  /** @param {Wire} wire */
  add(wire) {
    this.messages.push(wire);
    if (this.messages.length > MOST_SHOWN) return;
    const way = wire.direction === "out" ? `→ ${gettext("sent")}` : `← ${gettext("received")}`;
    const parts = [`${wire.at_ms.toFixed(1)} ms`, way, wire.kind, `${wire.size_bytes} B`];
    const words = parts.map((part) => make("span", {}, part));
    if (!wire.body) {
      this.#list.append(make("li", {}, make("div", { class: "wire__row" }, ...words.flatMap((word) => [word, " "]))));
      return;
    }
    const body = wire.is_cut ? `${wire.body}\n…` : wire.body;
    this.#list.append(make("li", {}, make("details", {}, make("summary", {}, ...words), make("pre", { dir: "ltr" }, body))));
  }
}
