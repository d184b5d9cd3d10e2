// @ts-check
import { listMicrophones } from "../audio/sources.js";
import { keep, recall } from "../view/memory.js";
import { filled, gettext } from "../words/gettext.js";

/**
 * Lets the host choose a microphone, and remembers it by id and by label: ids change when a browser
 * forgets a site, labels when a device gets another plug.
 *
 * Around a `<select>`. Property `choice` ({deviceId, label}); methods `refresh()`, `show(source)`.
 * Event `microphone:chosen`, bubbling.
 */
export class MicPicker extends HTMLElement {
  static storageKey = "voxweb.microphone";

  /** @type {AbortController | null} */
  #stop = null;
  #remembered = { deviceId: "", label: "" };

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#remembered = remembered();
    this.#select?.addEventListener("change", () => this.#chosen(), { signal });
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.refresh(), { signal });
    void this.refresh();
  }

  disconnectedCallback() {
    this.#stop?.abort();
  }

  get #select() {
    return this.querySelector("select");
  }

  /** What is chosen; an empty id is whichever the browser takes. */
  get choice() {
    const option = this.#select?.selectedOptions[0];
    return { deviceId: option?.value ?? "", label: option?.value ? option.label : "" };
  }

  /** Lists the microphones anew; they have names only once the browser was allowed to use one. */
  async refresh() {
    const select = this.#select;
    const microphones = (await listMicrophones()).filter(({ deviceId, label }) => deviceId && label);
    if (!select) return;
    const { deviceId, label } = this.#remembered;
    const options = microphones.map((each) => new Option(each.label, each.deviceId));
    // "default" is a device of its own in some browsers; elsewhere it is the choice not to choose.
    if (!microphones.some((each) => each.deviceId === "default")) options.unshift(new Option(gettext("The browser's choice"), ""));
    const wanted = options.find((option) => option.value === deviceId) ?? options.find((option) => option.label === label);
    if (label && !wanted) {
      const missing = new Option(microphones.length ? filled(gettext("%(label)s (not connected)"), { label }) : label, deviceId);
      options.push(missing);
    }
    select.replaceChildren(...options);
    select.value = wanted?.value ?? (label ? deviceId : options[0].value);
  }

  /**
   * Shows the one that is heard, without remembering it as a choice.
   * @param {{ deviceId: string }} source
   */
  async show({ deviceId }) {
    await this.refresh();
    const select = this.#select;
    if (select && [...select.options].some((option) => option.value === deviceId)) select.value = deviceId;
  }

  #chosen() {
    this.#remembered = this.choice;
    keep("local", MicPicker.storageKey, this.choice);
    this.dispatchEvent(new CustomEvent("microphone:chosen", { bubbles: true }));
  }
}

function remembered() {
  const { deviceId = "", label = "" } = Object(recall("local", MicPicker.storageKey));
  return { deviceId: String(deviceId), label: String(label) };
}
