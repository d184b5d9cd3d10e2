// @ts-check
import { gettext } from "../words/gettext.js";
import { button, make } from "./dom.js";

/** Controls of a settings panel. Each gives its element and a way to show another value in it. */

/**
 * @typedef {{element: HTMLElement, show: (value: any) => void}} Field
 * @typedef {(value: any) => void} Change
 */

let count = 0;
const nextId = () => `vox-field-${(count += 1)}`;

/** Colours that are told apart at a glance, and by name. */
const COLORS = () => [
  ["", gettext("As the theme has it")],
  ["#ffffff", gettext("White")],
  ["#000000", gettext("Black")],
  ["#ffff00", gettext("Yellow")],
  ["#00ffff", gettext("Cyan")],
  ["#00ff00", gettext("Green")],
  ["#ff0000", gettext("Red")],
  ["#0000ff", gettext("Blue")],
  ["#ff00ff", gettext("Magenta")],
];
const OWN = "own";

/** A slider with buttons for one step, and its value in words.
 * @param {string} label @param {import("../state/display.js").NumberSetting} setting
 * @param {(value: number) => string} inWords @param {Change} change @returns {Field} */
export function rangeField(label, { low, high, step }, inWords, change) {
  const id = nextId();
  const range = make("input", { id, type: "range", min: `${low}`, max: `${high}`, step: `${step}` });
  // The slider says its value itself; this is for the eye.
  const output = make("span", { class: "setting__value", "aria-hidden": "true" });
  const show = (/** @type {number} */ value) => {
    range.value = `${value}`;
    range.setAttribute("aria-valuetext", inWords(value));
    output.textContent = inWords(value);
  };
  const set = (/** @type {number} */ value) => {
    show(Math.min(high, Math.max(low, value)));
    change(Number(range.value));
  };
  range.addEventListener("input", () => set(Number(range.value)));
  const less = button("−", "button button--quiet setting__step", () => set(Number(range.value) - step));
  const more = button("+", "button button--quiet setting__step", () => set(Number(range.value) + step));
  less.setAttribute("aria-label", `${gettext("Less")}: ${label}`);
  more.setAttribute("aria-label", `${gettext("More")}: ${label}`);
  const row = make("div", { class: "setting__row" }, less, range, more);
  const head = make("div", { class: "setting__head" }, make("label", { for: id }, label), output);
  return { element: make("div", { class: "setting" }, head, row), show };
}

/** @param {string} label @param {(readonly [string, string])[]} choices value and words @param {Change} change @returns {Field} */
export function choiceField(label, choices, change) {
  const id = nextId();
  const options = choices.map(([value, words]) => make("option", { value }, words));
  const select = make("select", { id }, ...options);
  select.addEventListener("change", () => change(select.value));
  const show = (/** @type {string} */ value) => {
    select.value = value;
  };
  return { element: make("div", { class: "setting" }, make("label", { for: id }, label), select), show };
}

/** Buttons of which one is on. @param {string} label @param {(readonly [string, string])[]} choices @param {Change} change @returns {Field} */
export function radioField(label, choices, change) {
  const name = nextId();
  const radios = choices.map(([value, words]) => {
    const radio = make("input", { type: "radio", name, value });
    radio.addEventListener("change", () => change(value));
    return { radio, element: make("label", { class: "setting__radio" }, radio, make("span", {}, words)) };
  });
  const show = (/** @type {string} */ value) => {
    for (const { radio } of radios) radio.checked = radio.value === value;
  };
  const row = make("div", { class: "setting__radios" }, ...radios.map(({ element }) => element));
  return { element: make("fieldset", { class: "setting" }, make("legend", {}, label), row), show };
}

/** A few colours by name, and any other. @param {string} label @param {Change} change @returns {Field} */
export function colorField(label, change) {
  const id = nextId();
  const options = [...COLORS(), [OWN, gettext("Another one")]].map(([value, words]) => make("option", { value }, words));
  const select = make("select", { id }, ...options);
  const any = make("input", { type: "color", "aria-label": `${label}: ${gettext("Another one")}` });
  const show = (/** @type {string} */ value) => {
    const named = COLORS().some(([color]) => color === value);
    select.value = named ? value : OWN;
    if (value) any.value = value;
    any.hidden = named;
  };
  select.addEventListener("change", () => {
    any.hidden = select.value !== OWN;
    change(select.value === OWN ? any.value : select.value);
  });
  any.addEventListener("input", () => change(any.value));
  const row = make("div", { class: "setting__row" }, select, any);
  return { element: make("div", { class: "setting" }, make("label", { for: id }, label), row), show };
}

/** @param {string} label @param {string} help empty for none @param {Change} change @returns {Field} */
export function switchField(label, help, change) {
  const id = nextId();
  const box = make("input", { id, type: "checkbox" });
  box.addEventListener("change", () => change(box.checked));
  const show = (/** @type {boolean} */ value) => {
    box.checked = value;
  };
  const words = make("label", { class: "choice", for: id }, box, make("span", {}, label));
  const element = make("div", { class: "setting" }, words);
  if (help) {
    element.append(make("p", { class: "setting__help", id: `${id}-help` }, help));
    box.setAttribute("aria-describedby", `${id}-help`);
  }
  return { element, show };
}

/** @param {string} title @param {Field[]} fields */
export function group(title, fields) {
  const parts = fields.map(({ element }) => element);
  return make("fieldset", { class: "settings__group" }, make("legend", {}, title), ...parts);
}
