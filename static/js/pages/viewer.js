// @ts-check
import "../elements/define.js";
import { RoomSocket } from "../net/room-socket.js";
import { applyEvent, emptyLog } from "../state/captions.js";
import { viewerState } from "../state/words.js";

/** A change that came before its turn is often followed by the missing one: ask only after a while. */
const PATIENCE_MS = 1500;

const root = /** @type {HTMLElement} */ (document.querySelector("[data-viewer]"));
const view = /** @type {import("../elements/caption-view.js").CaptionView} */ (root.querySelector("caption-view"));
const state = /** @type {HTMLElement} */ (root.querySelector("[data-testid=viewer-state]"));
const { socketPath = "", segmentsPath = "" } = root.dataset;

const socket = new RoomSocket(socketPath);
let log = emptyLog();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let asking;
let fetching = false;

function take(/** @type {any} */ event) {
  const before = log;
  log = applyEvent(log, event);
  if (log === before) return; // what the server has written stays until there is something to say
  socket.version = log.version;
  view.log = log;
  tell();
  catchUp();
}

function tell() {
  const { text, tone } = viewerState(socket.state, log, socket.reason);
  if (state.textContent !== text) state.textContent = text;
  state.dataset.tone = tone;
}

/** Asks for what is missing, if anything is. */
function catchUp() {
  if (log.missed) void fill();
  if (!log.behind || asking) return;
  asking = setTimeout(() => {
    asking = undefined;
    if (log.behind) socket.ask();
  }, PATIENCE_MS);
}

/** Pages of captions between what was held and a refill that was too long for one message. */
async function fill() {
  const missed = log.missed;
  if (!missed || fetching) return;
  fetching = true;
  const page = await pageOf("after", missed.after);
  fetching = false;
  if (!page) return;
  const reached = page.more ? page.version : missed.before;
  log = { ...log, missed: reached < missed.before ? { after: reached, before: missed.before } : null };
  take({ ...page, type: "between" });
}

async function showEarlier() {
  if (fetching || log.oldest === null) return;
  fetching = true;
  const page = await pageOf("before", log.oldest);
  fetching = false;
  if (page) take({ ...page, type: "earlier" });
}

/** One page of the room's captions as JSON, `null` where it cannot be had now. */
async function pageOf(/** @type {string} */ side, /** @type {number} */ version) {
  try {
    const answer = await fetch(`${segmentsPath}?${side}=${version}`, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

view.addEventListener("captions:earlier", () => void showEarlier());
socket.addEventListener("event", (event) => take(/** @type {CustomEvent} */ (event).detail));
socket.addEventListener("state", tell);
socket.connect();
