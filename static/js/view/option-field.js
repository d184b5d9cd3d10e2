// @ts-check
import { filled, gettext } from "../words/gettext.js";
import { choiceField } from "./fields.js";
import { make } from "./dom.js";

/** @typedef {import("../tts/options.js").Option} Option */
/** @typedef {(value: any) => void} Change */

/** A control for a setting of a provider, as the server describes it. @param {Option} option @param {any} value
 * @param {import("../tts/voices.js").Voice | undefined} voice @param {Change} change @returns {HTMLElement} */
export function optionField(option, value, voice, change) {
  if (option.kind === "object") return objectField(option, value ?? {}, voice?.schema, change);
  const shown = value ?? option.default;
  if (option.kind === "choice") {
    const choices = option.choices.map((choice) => /** @type {const} */ ([`${choice}`, withUnit(`${choice}`, option.unit)]));
    const field = choiceField(gettext(option.label), choices, change);
    // What was chosen elsewhere may be no choice here.
    field.show(`${option.choices.map(String).includes(`${shown}`) ? shown : option.default}`);
    field.element.classList.add("field");
    return field.element;
  }
  if (option.kind === "style") {
    const styles = ["", ...(voice?.styles ?? [])].map((style) => /** @type {const} */ ([style, style || "–"]));
    const field = choiceField(gettext(option.label), styles, change);
    field.show(voice?.styles.includes(shown) ? shown : "");
    field.element.classList.add("field");
    return field.element;
  }
  if (option.kind === "switch") return switchField(option, shown, change);
  if (option.kind === "text") return textField(option, shown ?? "", change);
  return numberField(option, shown, change);
}

/** @param {Option} option @param {boolean} value @param {Change} change */
function switchField({ name, label }, value, change) {
  const box = make("input", { id: `bench-option-${name}`, type: "checkbox", autocomplete: "off" });
  box.checked = value;
  box.addEventListener("change", () => change(box.checked));
  return make("label", { class: "choice" }, box, make("span", {}, gettext(label)));
}

/** @param {Option} option @param {string} value @param {Change} change */
function textField({ name, label }, value, change) {
  const id = `bench-option-${name}`;
  const input = make("input", { id, type: "text", dir: "ltr", maxlength: "100", autocomplete: "off" });
  input.value = value;
  input.addEventListener("input", () => change(input.value));
  return make("div", { class: "field" }, make("label", { for: id }, gettext(label)), input);
}

/** @param {Option} option @param {number} value @param {Change} change */
function numberField({ name, label, low, high, step, unit, default: usual }, value, change) {
  const id = `bench-option-${name}`;
  const bounds = filled(gettext("%(low)s to %(high)s, by itself %(usual)s"), { low: low ?? 0, high: high ?? 0, usual });
  const output = make("span", { class: "option__value", "aria-hidden": "true" });
  const range = make("input", { id, type: "range", min: `${low}`, max: `${high}`, step: `${step}` });
  const show = () => {
    const words = withUnit(range.value, gettext(unit));
    output.textContent = words;
    range.setAttribute("aria-valuetext", words);
  };
  range.value = `${value}`;
  range.addEventListener("input", () => {
    show();
    change(Number(range.value));
  });
  show();
  const head = make("div", { class: "option__head" }, make("label", { for: id }, gettext(label)), output);
  range.setAttribute("aria-describedby", `${id}-bounds`);
  return make("div", { class: "field" }, head, range, make("p", { class: "help", id: `${id}-bounds` }, bounds));
}

/** Controls for what a voice's schema names: its choices and numbers. @param {Option} option
 * @param {Record<string, any>} values @param {any} schema @param {Change} change */
function objectField({ label }, values, schema, change) {
  const chosen = { ...values };
  const set = (/** @type {string} */ name, /** @type {any} */ value) => {
    if (value === "") delete chosen[name];
    else chosen[name] = value;
    change({ ...chosen });
  };
  const fields = Object.entries(schema?.properties ?? {}).map(([name, rule]) => propertyField(name, rule, chosen[name], set));
  return make("fieldset", {}, make("legend", { class: "label" }, gettext(label)), ...fields);
}

/** @param {string} name @param {any} rule @param {any} value @param {(name: string, value: any) => void} set */
function propertyField(name, rule, value, set) {
  const numeric = ["number", "integer"].includes(rule?.type);
  if (Array.isArray(rule?.enum)) {
    const choices = ["", ...rule.enum.map(String)].map((choice) => /** @type {const} */ ([choice, choice || "–"]));
    const field = choiceField(name, choices, (chosen) => set(name, chosen && numeric ? Number(chosen) : chosen));
    field.show(`${value ?? ""}`);
    field.element.classList.add("field");
    return field.element;
  }
  const id = `bench-voice-${name}`;
  const input = make("input", { id, type: numeric ? "number" : "text" });
  if (rule?.minimum !== undefined) input.min = rule.minimum;
  if (rule?.maximum !== undefined) input.max = rule.maximum;
  if (numeric) input.step = rule.type === "integer" ? "1" : "any";
  input.value = `${value ?? ""}`;
  input.addEventListener("input", () => set(name, input.value && numeric ? Number(input.value) : input.value));
  return make("div", { class: "field" }, make("label", { for: id }, name), input);
}

/** @param {string} value @param {string} unit */
const withUnit = (value, unit) => (unit ? `${value} ${unit}` : value);
