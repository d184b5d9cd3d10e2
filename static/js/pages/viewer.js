// @ts-check
import "../elements/define.js";
import { RoomFeed } from "../net/room-feed.js";
import { viewerState } from "../state/words.js";

const root = /** @type {HTMLElement} */ (document.querySelector("[data-viewer]"));
const view = /** @type {import("../elements/caption-view.js").CaptionView} */ (root.querySelector("caption-view"));
const state = /** @type {HTMLElement} */ (root.querySelector("[data-testid=viewer-state]"));
const { socketPath = "", segmentsPath = "" } = root.dataset;

const feed = new RoomFeed({ socketPath, segmentsPath });

function tell() {
  const { text, tone } = viewerState(feed.state, feed.log, feed.reason);
  if (state.textContent !== text) state.textContent = text;
  state.dataset.tone = tone;
}

// What the server has written stays until there is something to say.
feed.addEventListener("change", () => {
  view.log = feed.log;
  tell();
});
feed.addEventListener("state", tell);
view.addEventListener("captions:earlier", () => void feed.earlier());
feed.start();
