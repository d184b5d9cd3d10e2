// @ts-check
import { post } from "../net/post.js";
import { make, say } from "../view/dom.js";
import { gettext } from "../words/gettext.js";
import { said } from "../words/said.js";

const KINDS = new Map([
  ["curl", "curl"],
  ["python", "Python"],
  ["javascript", "JavaScript"],
  ["websocat", "websocat"],
]);

/** The request that the page would make, as a program to take home. */
export class RecipeBox {
  #part;
  #url;
  #speechOf;
  /** @type {Record<string, string>} */
  #recipes = {};

  /** @param {(name: string) => any} part @param {string} url @param {() => object} speechOf */
  constructor(part, url, speechOf) {
    this.#part = part;
    this.#url = url;
    this.#speechOf = speechOf;
    part("recipe-kind").replaceChildren(...[...KINDS].map(([value, name]) => make("option", { value }, name)));
    part("recipe-kind").value = "python";
    part("recipe-kind").addEventListener("change", () => void this.#write());
    part("make-recipe").addEventListener("click", () => void this.#write());
    part("copy-recipe").addEventListener("click", () => void this.#copy());
  }

  async #write() {
    const answer = await post(this.#url, this.#speechOf());
    this.#recipes = answer.ok ? answer.body : {};
    const program = this.#recipes[this.#part("recipe-kind").value];
    const missing = gettext("There is no such program for this way. Choose another language or way.");
    say(this.#part("recipe"), answer.ok ? (program ?? missing) : said(answer.body));
    this.#part("recipe").hidden = false;
    this.#part("copy-recipe").disabled = !program;
    say(this.#part("copy-recipe"), gettext("Copy"));
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#part("recipe").textContent);
      say(this.#part("copy-recipe"), gettext("Copied"));
    } catch {
      getSelection()?.selectAllChildren(this.#part("recipe"));
    }
  }
}
