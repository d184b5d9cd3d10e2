// @ts-check
import "../elements/define.js";
import { legibilityOf, overlayDisplay, overlayFrom, overlayQuery } from "../state/overlay.js";
import { gettext } from "../words/gettext.js";
import { OverlayBackdrop } from "./overlay-backdrop.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/** The width of the picture that the preview stands for. */
const PICTURE_PX = 1920;
/** The preview is loaded again when nobody has changed anything for as long. */
const SETTLED_MS = 400;

const WARNINGS = new Map([
  ["colours", () => gettext("These two colours are hard to tell apart.")],
  ["picture", () => gettext("Over some pictures this text cannot be read. Let the box cover more, or give the letters an edge.")],
]);

/** @param {HTMLElement} builder */
function build(builder) {
  const part = (/** @type {string} */ name) => /** @type {any} */ (builder.querySelector(`[data-part=${name}]`));
  const form = /** @type {HTMLFormElement} */ (part("form"));
  const preview = /** @type {HTMLElement} */ (part("preview"));
  const frame = /** @type {HTMLIFrameElement} */ (preview.querySelector("iframe"));
  const address = /** @type {HTMLInputElement} */ (builder.querySelector("#overlay-address"));
  const contrast = /** @type {HTMLElement} */ (part("contrast"));
  const backdrop = new OverlayBackdrop(preview);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;
  let shown = "";

  const look = () => {
    const overlay = overlayFrom(parametersOf(form));
    const url = new URL(part("link").value);
    for (const [name, value] of new URLSearchParams(overlayQuery(overlay))) url.searchParams.append(name, value);
    address.value = url.href;
    const warning = WARNINGS.get(legibilityOf(overlay.display))?.() ?? "";
    if (contrast.textContent !== warning) contrast.textContent = warning;
    contrast.hidden = !warning;
    url.searchParams.append("sample", "1");
    return url.pathname + url.search;
  };
  const draw = () => {
    const path = look();
    if (path === shown) return;
    shown = path;
    frame.contentWindow?.location.replace(path); // adds no step to the way back
  };
  const soon = () => {
    look();
    clearTimeout(settling);
    settling = setTimeout(draw, SETTLED_MS);
  };

  fill(form);
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => {
    fill(form);
    soon();
  }));
  for (const choice of builder.querySelectorAll("[name=backdrop]")) {
    choice.addEventListener("change", () => backdrop.show(/** @type {HTMLInputElement} */ (choice).value));
  }
  new ResizeObserver(() => preview.style.setProperty("--preview-scale", String(preview.clientWidth / PICTURE_PX))).observe(preview);
  builder.hidden = false;
  draw();
}

/** What the controls say, as parameters of an address. @param {HTMLFormElement} form @returns {[string, string][]} */
function parametersOf(form) {
  return [...new FormData(form)].map(([name, value]) => {
    if (name === "edge") return [String(value), "on"];
    return [name, name === "bg_opacity" ? `${value}%` : String(value)];
  });
}

/** Gives the controls the look that an overlay has by itself. @param {HTMLFormElement} form */
function fill(form) {
  const { font, color, edge, background, position, align, lines, clear, delay, interim, uppercase } = overlayDisplay;
  const values = { font, color, edge, valign: position, align, lines, clear, delay, bg_opacity: overlayDisplay["background-opacity"] };
  for (const [name, value] of Object.entries(values)) control(form, `[name=${name}]`).value = String(value);
  control(form, "[name=bg][type=color]").value = background;
  const on = (/** @type {string} */ selector) => /** @type {HTMLInputElement} */ (control(form, selector));
  on("[name=bg][type=checkbox]").checked = !background;
  on("[name=interim][type=checkbox]").checked = interim;
  on("[name=uppercase]").checked = uppercase;
}

/** @param {HTMLFormElement} form @param {string} selector */
const control = (form, selector) => /** @type {Control} */ (form.querySelector(selector));

const root = document.querySelector("[data-overlay-builder]");
if (root instanceof HTMLElement) build(root);
