// @ts-check
import { canUseTab, SourceProblem } from "../audio/sources.js";

/**
 * What the host has chosen on the page, read from its controls.
 */
export class HostForm {
  #root;
  #picker;

  /**
   * @param {HTMLElement} root
   * @param {import("../elements/mic-picker.js").MicPicker} picker
   */
  constructor(root, picker) {
    this.#root = root;
    this.#picker = picker;
    this.#radio("tab").disabled = !canUseTab();
    for (const hint of root.querySelectorAll("[data-part=no-tab]")) /** @type {HTMLElement} */ (hint).hidden = canUseTab();
    this.show();
  }

  /** @returns {"microphone" | "tab" | "file"} */
  get kind() {
    const checked = /** @type {HTMLInputElement | null} */ (this.#root.querySelector("[name=source]:checked"));
    return /** @type {any} */ (checked?.value ?? "microphone");
  }

  set kind(kind) {
    this.#radio(kind).checked = true;
    this.show();
  }

  get file() {
    return /** @type {HTMLInputElement | null} */ (this.#root.querySelector("[name=file]"))?.files?.[0] ?? null;
  }

  get language() {
    return /** @type {HTMLSelectElement} */ (this.#root.querySelector("[name=language]")).value;
  }

  /**
   * @returns {import("../audio/sources.js").Choice}
   * @throws {SourceProblem} where a file is still to be chosen
   */
  get choice() {
    if (this.kind === "tab") return { kind: "tab" };
    if (this.kind === "file") {
      if (!this.file) throw new SourceProblem("file-missing");
      return { kind: "file", file: this.file };
    }
    return this.microphone;
  }

  /** @returns {import("../audio/sources.js").Choice & { kind: "microphone" }} */
  get microphone() {
    const on = (/** @type {string} */ name) =>
      Boolean(/** @type {HTMLInputElement | null} */ (this.#root.querySelector(`[name=${name}]`))?.checked);
    return {
      kind: "microphone",
      ...this.#picker.choice,
      processing: {
        noiseSuppression: on("noise-suppression"),
        autoGainControl: on("gain-control"),
        echoCancellation: on("echo-cancellation"),
      },
    };
  }

  /** Shows what belongs to the chosen kind of source, and only that. */
  show() {
    for (const part of this.#root.querySelectorAll("[data-for-source]")) {
      /** @type {HTMLElement} */ (part).hidden = /** @type {HTMLElement} */ (part).dataset.forSource !== this.kind;
    }
  }

  /** @param {string} kind */
  #radio(kind) {
    return /** @type {HTMLInputElement} */ (this.#root.querySelector(`[name=source][value=${kind}]`));
  }
}
