// @ts-check
import { displayFrom, initialDisplay, queryOf, SETTINGS } from "../state/display.js";
import { asText, fileNameFor } from "../state/plain.js";
import { withSample } from "../state/sample.js";
import { button, say } from "../view/dom.js";
import { switchField } from "../view/fields.js";
import { Kept } from "../view/kept.js";
import { hasLittleWindow, LittleWindow } from "../view/little-window.js";
import { SettingsPanel } from "../view/settings-panel.js";
import { Shortcuts } from "../view/shortcuts.js";
import { gettext } from "../words/gettext.js";

/** @typedef {import("../state/captions.js").Log} Log */
/** @typedef {import("../state/display.js").Display} Display */

const SAMPLE_STEP_MS = 450;
const SAID_FOR_MS = 4000;
/** Older pages that are fetched for a copy of everything. */
const MOST_PAGES = 200;

/** What a reader can do with the captions: set their look, copy, save, print, enlarge them, use keys. */
export class ViewerTools {
  #root;
  #view;
  #feed;
  #delay;
  #kept = new Kept();
  #chosen = this.#kept.recall();
  #window = new LittleWindow();
  #panel;
  #shortcuts;
  /** @type {Log | null} */
  #log = null;
  #step = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #sample;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saying;

  /**
   * @param {HTMLElement} root
   * @param {import("../elements/caption-view.js").CaptionView} view
   * @param {import("../net/room-feed.js").RoomFeed} feed
   * @param {(delayMs: number) => void} delay
   */
  constructor(root, view, feed, delay) {
    this.#root = root;
    this.#view = view;
    this.#feed = feed;
    this.#delay = delay;
    // A link may bring settings: they hold for this visit, and are kept when something is changed.
    this.#chosen.display = displayFrom(new URLSearchParams(location.search), this.#chosen.display);
    this.#panel = this.#makePanel();
    this.#shortcuts = new Shortcuts(this.#keys(), root);
    this.#wire();
    this.#apply();
  }

  set log(/** @type {Log} */ log) {
    this.#log = log;
    this.#show();
  }

  #show() {
    if (!this.#log) return;
    // Only what nobody says now is filled with a sample.
    const asleep = this.#panel.isOpen && !(this.#log.live && this.#log.segments.length > 0);
    const log = asleep ? withSample(this.#log, this.#step, document.documentElement.lang) : this.#log;
    this.#view.log = log;
    this.#window.log = log;
  }

  #apply() {
    const { display, readsAloud, keys } = this.#chosen;
    if (display.theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = display.theme;
    this.#view.display = display;
    this.#view.readsAloud = readsAloud;
    this.#window.display = display;
    this.#shortcuts.isOn = keys;
    this.#delay(display.delay * 1000);
  }

  /** @param {Partial<{display: Readonly<Display>, readsAloud: boolean, keys: boolean}>} chosen */
  #choose(chosen) {
    Object.assign(this.#chosen, chosen);
    this.#kept.keep(this.#chosen);
    this.#apply();
  }

  #makePanel() {
    const place = /** @type {HTMLElement} */ (this.#root.querySelector("[data-part=settings]"));
    const aloud = switchField(
      gettext("Read captions aloud"),
      gettext("For screen readers and braille displays: each finished caption is announced once."),
      (readsAloud) => this.#choose({ readsAloud }),
    );
    aloud.show(this.#chosen.readsAloud);
    const keys = switchField(
      gettext("Single keys act"),
      gettext("Such as s for these settings. The list of keys is shown by a question mark."),
      (on) => this.#choose({ keys: on }),
    );
    keys.show(this.#chosen.keys);
    this.#readsAloudField = aloud;
    const copy = button(gettext("Copy a link with my settings"), "button button--quiet", () => void this.#copyLink());
    const says = {
      change: (/** @type {Readonly<Display>} */ display) => this.#choose({ display }),
      toggled: () => this.#toggled(),
    };
    const panel = new SettingsPanel(place, says, [aloud, keys], [copy]);
    panel.display = this.#chosen.display;
    return panel;
  }

  /** @type {import("../view/fields.js").Field | null} */
  #readsAloudField = null;

  #toggled() {
    const open = this.#panel.isOpen;
    this.#part("open-settings").setAttribute("aria-expanded", String(open));
    clearInterval(this.#sample);
    this.#step = 0;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (still) this.#step = -1; // the whole of it
    if (open && !still) this.#sample = setInterval(() => this.#nextSample(), SAMPLE_STEP_MS);
    this.#show();
  }

  #nextSample() {
    this.#step += 1;
    this.#show();
  }

  /** @returns {import("../view/shortcuts.js").Shortcut[]} */
  #keys() {
    const resize = (/** @type {number} */ by) => () => {
      const { low, high } = /** @type {any} */ (SETTINGS.size);
      this.#panel.set("size", Math.min(high, Math.max(low, this.#chosen.display.size + by)));
    };
    const keys = [
      { key: "s", words: gettext("Open or close the display settings"), act: () => this.#panel.toggle() },
      { key: "+", words: gettext("Larger text"), act: resize(10) },
      { key: "-", words: gettext("Smaller text"), act: resize(-10) },
      { key: "l", words: gettext("Go to the latest caption"), act: () => this.#view.toLatest() },
      { key: "a", words: gettext("Read captions aloud, or no longer"), act: () => this.#toggleAloud() },
      { key: "f", words: gettext("Full screen, and back"), act: () => void this.#toggleFullScreen() },
      { key: "c", words: gettext("Copy what has been said"), act: () => void this.#copy() },
      { key: "d", words: gettext("Save what has been said"), act: () => void this.#save() },
      { key: "p", words: gettext("Print what has been said"), act: () => void this.#print() },
    ];
    const little = { key: "w", words: gettext("Small window above all others"), act: () => void this.#toggleWindow() };
    return hasLittleWindow() ? [...keys, little] : keys;
  }

  #wire() {
    const acts = new Map([
      ["open-settings", () => this.#panel.toggle()],
      ["full-screen", () => void this.#toggleFullScreen()],
      ["little-window", () => void this.#toggleWindow()],
      ["copy", () => void this.#copy()],
      ["save", () => void this.#save()],
      ["print", () => void this.#print()],
      ["keys", () => this.#shortcuts.showList()],
    ]);
    for (const [name, act] of acts) {
      this.#part(name).addEventListener("click", () => {
        this.#part("menu").removeAttribute("open");
        act();
      });
    }
    this.#part("full-screen").hidden = !document.fullscreenEnabled;
    this.#part("little-window").hidden = !hasLittleWindow();
    this.#part("menu").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.#part("menu").removeAttribute("open");
      this.#part("menu").querySelector("summary")?.focus();
    });
    this.#part("tools").hidden = false;
  }

  #toggleAloud() {
    const readsAloud = !this.#chosen.readsAloud;
    this.#choose({ readsAloud });
    this.#readsAloudField?.show(readsAloud);
    this.#say(readsAloud ? gettext("Captions are read aloud.") : gettext("Captions are no longer read aloud."));
  }

  async #toggleFullScreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.#root.requestFullscreen().catch(() => this.#say(gettext("This browser refuses full screen here.")));
  }

  async #toggleWindow() {
    await this.#window.toggle().catch(() => this.#say(gettext("This browser refuses to open a small window.")));
    this.#window.display = this.#chosen.display;
    this.#show();
  }

  async #copyLink() {
    const link = new URL(location.pathname, location.href);
    link.search = queryOf(this.#chosen.display, initialDisplay);
    await this.#copied(link.href, gettext("The link is copied. Whoever opens it sees captions as you do."));
  }

  async #copy() {
    await this.#copied(await this.#text(), gettext("What has been said is copied."));
  }

  /** @param {string} text @param {string} done */
  async #copied(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      this.#say(done);
    } catch {
      this.#say(gettext("This browser refuses to copy. Save it instead, or mark it and press Ctrl+C."));
    }
  }

  async #save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await this.#text()], { type: "text/plain;charset=utf-8" }));
    link.download = fileNameFor(this.#title(), new Date());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    this.#say(gettext("What has been said is saved as a file."));
  }

  async #print() {
    await this.#wholeLog();
    print();
  }

  async #text() {
    const log = await this.#wholeLog();
    return asText({ title: this.#title() }, log.segments);
  }

  /** The log with everything that was said before this page was opened. */
  async #wholeLog() {
    for (let page = 0; this.#feed.log.more && page < MOST_PAGES; page += 1) {
      const { oldest } = this.#feed.log;
      await this.#feed.earlier();
      if (this.#feed.log.oldest === oldest) break; // it cannot be had now
    }
    return this.#log ?? this.#feed.log;
  }

  #title() {
    return this.#feed.log.room?.title ?? document.title;
  }

  /** @param {string} text */
  #say(text) {
    const place = this.#part("said");
    say(place, text);
    clearTimeout(this.#saying);
    this.#saying = setTimeout(() => say(place, ""), SAID_FOR_MS);
  }

  /** @param {string} name */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-part="${name}"]`));
  }
}
