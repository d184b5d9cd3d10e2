// @ts-check
import "../elements/define.js";
import { DelayedLog } from "../net/delayed-log.js";
import { RoomFeed } from "../net/room-feed.js";
import { emptyLog } from "../state/captions.js";
import { ListenAlong } from "./viewer-listening.js";
import { ViewerState } from "./viewer-state.js";
import { ViewerTools } from "./viewer-tools.js";

/** The page of a room's captions: introduces what comes to what shows it. */

const root = /** @type {HTMLElement} */ (document.querySelector("[data-viewer]"));
const view = /** @type {import("../elements/caption-view.js").CaptionView} */ (root.querySelector("caption-view"));
const { socketPath = "", segmentsPath = "" } = root.dataset;

const feed = new RoomFeed({ socketPath, segmentsPath });
const delayed = new DelayedLog();
const state = new ViewerState(root);
const listenPlace = /** @type {HTMLElement | null} */ (root.querySelector("[data-part=listening]"));
const listening = listenPlace ? new ListenAlong(listenPlace, listenPlace.dataset.path ?? "") : null;
const tools = new ViewerTools(root, view, feed, (delayMs) => {
  delayed.delayMs = delayMs;
});

// What the server has written stays until there is something to say.
feed.addEventListener("change", () => delayed.take(feed.log));
delayed.addEventListener("change", () => {
  tools.log = delayed.log ?? emptyLog();
  if (delayed.log) listening?.take(delayed.log);
  tell();
});
feed.addEventListener("state", tell);
view.addEventListener("captions:earlier", () => void feed.earlier());
setInterval(() => state.count(feed, delayed.log ?? feed.log), 500);
feed.start();

function tell() {
  state.tell(feed, delayed.log ?? feed.log);
}
