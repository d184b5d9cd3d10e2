// @ts-check
import { directionOf } from "../state/direction.js";
import { written } from "../state/display.js";
import { isSample, keyFrom, overlayFrom } from "../state/overlay.js";
import { sampleLog } from "../state/sample.js";
import * as words from "../words/gettext.js";
import { OverlayGear } from "./overlay-gear.js";
import { OverlayMemory } from "./overlay-memory.js";

const { filled, gettext } = words;

/** Captions do not wait for longer than this for words of the interface. */
const WORDS_MS = 2000;

const captions = /** @type {HTMLElement} */ (document.querySelector("vox-captions"));
const parameters = new URLSearchParams(location.search);
const asked = overlayFrom(parameters);
const memory = new OverlayMemory(captions.getAttribute("room") ?? "");
const inObs = "obsstudio" in window;
const display = inObs ? memory.recall(asked.display) : asked.display;

if (asked.lang) await speak(asked.lang);
dress(display);
if (asked.basePx !== null) captions.style.setProperty("--captions-base", `${asked.basePx}px`);
const key = keyFrom(parameters);
if (key) captions.setAttribute("overlay", key);
// The element itself comes as it comes to every other site.
await import("/embed.js");
const element = /** @type {import("../embed/vox-captions.js").VoxCaptions} */ (captions);
if (isSample(parameters)) element.sample = sampleLog(document.documentElement.lang);
if (inObs) showGear();

/** How the captions look, as attributes of the element. @param {Readonly<import("../state/display.js").Display>} look */
function dress(look) {
  for (const [name, value] of Object.entries(look)) captions.setAttribute(name, written(value));
}

/** Has the overlay's own words in another language than the browser asks for. @param {string} language one of ours */
async function speak(language) {
  const page = document.documentElement;
  if (page.lang.split("-")[0] === language) return;
  try {
    if (language !== "en") {
      const answer = await fetch(`/words/${language}.json`, { credentials: "omit", signal: AbortSignal.timeout(WORDS_MS) });
      if (!answer.ok) return;
      /** @type {any} */ (words).useCatalog?.(await answer.json());
    }
    page.lang = language;
    page.dir = directionOf(language) === "rtl" ? "rtl" : "ltr";
  } catch {
    // In the language the page came in: captions are what matters.
  }
}

function showGear() {
  const gear = new OverlayGear(display, (look) => {
    memory.keep(asked.display, look);
    dress(look);
  });
  const tell = () => gear.say([element.words, unknownInWords()].filter(Boolean).join(" "));
  captions.addEventListener("captions:state", tell);
  tell();
  // Scenes change in OBS without anything that a page sees: on coming back, see whether the line is still alive.
  window.addEventListener("obsSourceVisibleChanged", (event) => {
    if (/** @type {CustomEvent} */ (event).detail?.visible) window.dispatchEvent(new Event("resume"));
  });
}

function unknownInWords() {
  return asked.unknown ? filled(gettext("Settings in the address that are not understood: %(count)s."), { count: asked.unknown }) : "";
}
