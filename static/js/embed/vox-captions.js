// @ts-check
import { DelayedLog } from "../net/delayed-log.js";
import { cleared } from "../state/clearing.js";
import { changesIn, displayFrom, SETTINGS } from "../state/display.js";
import { directionOf } from "../state/direction.js";
import { asText } from "../state/plain.js";
import { viewerState } from "../state/words.js";
import { CaptionBox } from "../view/caption-box.js";
import { button, make, say, write } from "../view/dom.js";
import { Kept } from "../view/kept.js";
import { gettext } from "../words/gettext.js";
import { feedOf } from "./feeds.js";
import { load } from "./fonts.js";
import { newsIn } from "./news.js";
import { languageFor, learn } from "./words.js";

/** @typedef {import("../state/captions.js").Log} Log */
/** @typedef {import("../state/display.js").Display} Display */
/** @typedef {import("./fonts.js").Font} Font */
/** @typedef {typeof import("../view/settings-panel.js") & {css: string, fonts: Record<string, Font>}} Settings */

/**
 * @typedef {object} Site where captions come from
 * @property {string} base address of a script of that site
 * @property {string} css of the element
 * @property {() => Promise<Settings>} settings what is loaded when it is wanted
 * @property {string[]} [languages] that it has words in, besides English
 */

/**
 * The captions of a room on somebody else's page: `<vox-captions room="…">`.
 *
 * Attributes: `room`; `lang` of its words; `chrome="off"` for captions alone; each setting of
 * state/display.js by its name. Events: `captions:interim`, `captions:final`, `captions:state`. What a page may
 * style are the parts and custom properties in docs/embedding.md.
 */
export class VoxCaptions extends HTMLElement {
  static sheet = new CSSStyleSheet();
  /** @type {Site} */
  static site = { base: "", css: "", settings: () => Promise.reject(new Error("no settings")) };
  static observedAttributes = ["room", "overlay", "lang", "chrome", ...Object.keys(SETTINGS)];

  /** Not the same as `isConnected`: one that was in the page before its script is told its attributes first. */
  #isPlaced = false;
  #delayed = new DelayedLog();
  #kept = new Kept("voxweb.widget");
  /** @type {Record<string, any>} what the reader has changed */
  #chosen = changesIn(this.#kept.recall().display);
  /** @type {{feed: import("../net/room-feed.js").RoomFeed, letGo: () => void} | null} */
  #shared = null;
  /** @type {AbortController | null} */
  #stop = null;
  /** @type {Log | null} */
  #told = null;
  #state = "";
  /** The newest caption that a silence has cleared away, and when to look again. */
  #clearedId = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #clearing;
  /** @type {Log | null} */
  #sample = null;
  /** Of its words; "" before the first ones. */
  #language = "";
  #root = this.attachShadow({ mode: "open" });
  #box;
  #parts;
  /** @type {import("../view/settings-panel.js").SettingsPanel | null} */
  #panel = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [VoxCaptions.sheet];
    this.#parts = this.#makeParts();
    this.#box = this.#makeBox();
    this.#delayed.addEventListener("change", () => this.#show());
  }

  /** Everything that is shown, as text. */
  get text() {
    const log = this.#delayed.log;
    return log ? asText({ title: log.room?.title ?? "" }, log.segments) : "";
  }

  /** Shown while there is nothing else to show. */
  set sample(/** @type {Log | null} */ sample) {
    this.#sample = sample;
    this.#show();
  }

  /** How it stands: connecting, open, waiting, refused; "" while it is not connected. */
  get state() {
    return this.#shared?.feed.state ?? "";
  }

  /** The same in words, as it is shown. */
  get words() {
    return this.#state;
  }

  /** What has been said, as it is shown: segments of docs/protocol.md. */
  get segments() {
    return [...(this.#delayed.log?.segments ?? [])];
  }

  connectedCallback() {
    this.#isPlaced = true;
    this.#apply();
    this.connect();
  }

  disconnectedCallback() {
    this.#isPlaced = false;
    this.disconnect();
  }

  attributeChangedCallback(/** @type {string} */ name, /** @type {string | null} */ before, /** @type {string | null} */ after) {
    if (before === after) return;
    if (this.#isPlaced && (name === "room" || name === "overlay")) this.connect();
    else this.#apply();
  }

  /** Opens the captions of the room it names, anew if they were open. */
  connect() {
    this.disconnect();
    const room = this.getAttribute("room") ?? "";
    if (!room) return say(this.#parts.state, gettext("This element names no room."));
    const { base } = VoxCaptions.site;
    this.#shared = feedOf({ base, room, overlay: this.getAttribute("overlay") ?? "" });
    this.#stop = new AbortController();
    const { feed } = this.#shared;
    const { signal } = this.#stop;
    feed.addEventListener("change", () => this.#delayed.take(feed.log), { signal });
    feed.addEventListener("state", () => this.#tell(), { signal });
    this.#delayed.take(feed.log);
    this.#tell();
  }

  /** Closes them; what was shown stays. */
  disconnect() {
    this.#stop?.abort();
    this.#stop = null;
    this.#delayed.stop();
    clearTimeout(this.#clearing);
    this.#shared?.letGo();
    this.#shared = null;
  }

  /** Scrolls to the newest caption. */
  toLatest() {
    this.#box.toLatest();
  }

  /** Opens the panel in which a reader sets how captions look, or closes it. */
  async toggleSettings() {
    this.#panel ??= await this.#makePanel();
    this.#panel.display = this.#display();
    this.#panel.toggle();
  }

  #makeParts() {
    const state = make("p", { class: "vox__state", part: "state", role: "status", "data-testid": "viewer-state" });
    const open = button(gettext("Display settings"), "button button--quiet button--small", () => void this.toggleSettings());
    write(open, { part: "button", "aria-expanded": "false" });
    const bar = make("div", { class: "vox__bar", part: "bar" }, state, open);
    const captions = make("div", { part: "captions" });
    const settings = make("section", { class: "vox__settings", part: "settings", hidden: "" });
    const wrapper = make("div", { class: "vox", part: "box" }, bar, captions, settings);
    this.#root.append(wrapper);
    return { wrapper, bar, state, open, captions, settings };
  }

  #makeBox() {
    const words = { label: gettext("Captions"), empty: gettext("Captions appear here when somebody speaks.") };
    return new CaptionBox(this.#parts.captions, words, () => void this.#shared?.feed.earlier());
  }

  async #makePanel() {
    const { SettingsPanel, css } = await VoxCaptions.site.settings();
    if (this.#root.adoptedStyleSheets.length === 1) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      this.#root.adoptedStyleSheets.push(sheet);
    }
    const { settings, open } = this.#parts;
    const panel = new SettingsPanel(settings, {
      change: (display) => this.#choose(display),
      toggled: () => write(open, { "aria-expanded": String(panel.isOpen) }),
    });
    panel.initial = this.#given();
    return panel;
  }

  /** @param {Readonly<Display>} display */
  #choose(display) {
    this.#chosen = changesIn(display, this.#given());
    this.#kept.keep({ display, readsAloud: false, keys: false });
    this.#apply();
  }

  /** How the page has it. */
  #given() {
    return displayFrom([...this.attributes].map(({ name, value }) => [name, value]));
  }

  #display() {
    return { ...this.#given(), ...this.#chosen };
  }

  #apply() {
    const display = this.#display();
    const { languages = [] } = VoxCaptions.site;
    const lang = this.lang || document.documentElement.lang || "en";
    const { wrapper } = this.#parts;
    this.#box.display = display;
    this.#box.isStill = this.getAttribute("chrome") === "off";
    this.#delayed.delayMs = display.delay * 1000;
    write(wrapper, { "data-theme": display.theme, "data-chrome": this.getAttribute("chrome") === "off" ? "off" : "on" });
    void load(display.font, VoxCaptions.site);
    void this.#speak(languageFor(lang, languages));
  }

  /** @param {string} language */
  async #speak(language) {
    if (language === this.#language) return;
    const before = this.#language;
    this.#language = language;
    const { base } = VoxCaptions.site;
    const known = (await learn(language, base)) ? language : "en";
    if (language !== this.#language) return; // another one is wanted by now
    write(this.#parts.wrapper, { lang: known, dir: directionOf(known) === "rtl" ? "rtl" : "ltr" });
    if (before || known !== "en") this.#reword();
  }

  /** Its words in another language than before. */
  #reword() {
    say(this.#parts.open, gettext("Display settings"));
    this.#box.end();
    this.#parts.captions.replaceChildren();
    this.#box = this.#makeBox();
    this.#box.display = this.#display();
    this.#box.isStill = this.getAttribute("chrome") === "off";
    this.#panel = null;
    this.#parts.settings.replaceChildren();
    this.#show();
  }

  #show() {
    const { log } = this.#delayed;
    const shown = log && this.#withoutCleared(log);
    const isBlank = !shown || (shown.segments.length === 0 && shown.interims.size === 0);
    if (isBlank && this.#sample) this.#box.log = this.#sample;
    else if (shown) this.#box.log = shown;
    if (!log) return;
    const { finals, interims } = newsIn(this.#told, log);
    if (log.room) this.#told = log;
    for (const detail of interims) this.#dispatch("captions:interim", detail);
    for (const detail of finals) this.#dispatch("captions:final", detail);
    this.#tell();
  }

  /** @param {Log} log */
  #withoutCleared(log) {
    const { clear, delay } = this.#display();
    const nowMs = Date.now() - delay * 1000;
    const moment = { clearMs: clear * 1000, nowMs, skewMs: this.#delayed.skewMs, clearedId: this.#clearedId };
    const { log: left, nextMs, clearedId } = cleared(log, moment);
    this.#clearedId = clearedId;
    clearTimeout(this.#clearing);
    if (nextMs !== null) this.#clearing = setTimeout(() => this.#show(), Math.max(0, nextMs - nowMs) + 1);
    return left;
  }

  #tell() {
    const { feed } = this.#shared ?? {};
    if (!feed) return;
    const { text, tone } = viewerState(feed.state, this.#delayed.log ?? feed.log, feed);
    say(this.#parts.state, text);
    write(this.#parts.state, { "data-tone": tone });
    write(this.#parts.wrapper, { "data-state": feed.state });
    if (text === this.#state) return;
    this.#state = text;
    this.#dispatch("captions:state", { state: feed.state, live: feed.log.live, text });
  }

  /** @param {string} type @param {unknown} detail */
  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}
