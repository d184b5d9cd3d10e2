// @ts-check
import { gettext } from "../words/gettext.js";

/**
 * Shows the button inside it where the browser can copy; copies the value of the field named by `for`.
 *
 *     <copy-button for="viewer-link"><button type="button" hidden>Copy</button></copy-button>
 */
export class CopyButton extends HTMLElement {
  static saidForMs = 2000;
  /** @type {AbortController | null} */
  #stop = null;
  #label = "";

  connectedCallback() {
    const button = this.querySelector("button");
    if (!button) return;
    this.#stop = new AbortController();
    this.#label = button.textContent ?? "";
    button.hidden = false;
    button.addEventListener("click", () => this.#copy(button), { signal: this.#stop.signal });
  }

  disconnectedCallback() {
    this.#stop?.abort();
  }

  async #copy(/** @type {HTMLButtonElement} */ button) {
    const field = document.getElementById(this.getAttribute("for") ?? "");
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    field.select();
    const done = await copied(field.value);
    button.textContent = done ? gettext("Copied") : gettext("Press Ctrl+C");
    setTimeout(() => {
      button.textContent = this.#label;
    }, CopyButton.saidForMs);
  }
}

/** Whether a text went to the clipboard; without HTTPS only the marked text of a field can.
 * @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
