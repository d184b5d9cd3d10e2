// @ts-check
import { SAMPLES_PER_MS } from "../audio/pcm16.js";
import { Speaker } from "../audio/speaker.js";
import { SourceProblem } from "../audio/sources.js";
import { SteadySource } from "../audio/steady.js";
import { WakeLock } from "../audio/wake-lock.js";
import { define } from "../elements/define.js";
import { MicMeter } from "../elements/mic-meter.js";
import { MicPicker } from "../elements/mic-picker.js";
import { SoundCheck } from "../elements/sound-check.js";
import { HostSocket } from "../net/host-socket.js";
import { newTrace } from "../net/trace.js";
import { applyHost, isBusy, isListening, offTheAir } from "../state/host.js";
import { clock, hostCount, hostInWords, isAway, lagInWords, noticeInWords, problemInWords } from "../state/host-words.js";
import { applyOutage, noOutage } from "../state/outage.js";
import { spendInWords } from "../state/spend-words.js";
import { filled, gettext } from "../words/gettext.js";
import { HostCaptions } from "./host-captions.js";
import { HostForm } from "./host-form.js";
import { HostMemory } from "./host-memory.js";
import { SpokenCaptions } from "./host-speaking.js";

define({ "mic-meter": MicMeter, "mic-picker": MicPicker, "sound-check": SoundCheck });

/** What a server warns of without an end to it, each in a place of its own among the notices. */
const OWN_NOTICES = new Set(["spend.near", "store.behind"]);

const root = /** @type {HTMLElement} */ (document.querySelector("[data-host]"));
const { socketPath = "", segmentsPath = "", reviewPath = "", workletUrl = "", room = "" } = root.dataset;
/** @type {<T extends HTMLElement = HTMLElement>(name: string) => T} */
const part = (name) => /** @type {any} */ (root.querySelector(`[data-part="${name}"]`));

const meter = /** @type {MicMeter} */ (root.querySelector("mic-meter"));
const picker = /** @type {MicPicker} */ (root.querySelector("mic-picker"));
const soundCheck = /** @type {SoundCheck} */ (root.querySelector("sound-check"));
const form = new HostForm(root, picker);
const memory = new HostMemory(room);
const wakeLock = new WakeLock();

let host = offTheAir;
/** @type {SteadySource | null} */
let sound = null;
/** @type {HostSocket | null} */
let socket = null;
/** How long after it was said the last caption came. @type {number | null} */
let behindMs = null;
/** What this page itself could not keep, since captions were last held up. */
let lostMs = 0;
let outage = noOutage;
/** What the server's log calls this time on the air. */
let trace = "";
/** The session that the page, when it was loaded, found to go on with. */
let resumable = root.dataset.session ?? "";

const view = /** @type {import("../elements/caption-view.js").CaptionView} */ (root.querySelector("caption-view"));
const captions = new HostCaptions(view, segmentsPath, (version) => socket?.ask(version));

const { speechSocket, playbackWorklet = "", providers = "", voices = "" } = root.dataset;
if (speechSocket) {
  new SpokenCaptions(/** @type {HTMLElement} */ (view.querySelector("[data-part=log]")), {
    speaker: new Speaker(speechSocket, playbackWorklet),
    addresses: { providers, voices },
    isOnAir: () => isListening(host) && sound?.source?.kind === "microphone",
    tell: (message) => notify({ code: "speech", message }),
  });
}

// --- on and off the air ---

/** @param {{ session?: string, takeOver?: boolean }} [beginning] */
async function goOnAir({ session = "", takeOver = false } = {}) {
  if (isBusy(host)) return;
  turn({ type: "open" });
  clearNotices();
  const kept = memory.recall();
  trace = (session && kept?.session === session && kept.trace) || newTrace();
  showReference(false);
  soundCheck.disabled = true;
  try {
    sound = heard(new SteadySource(workletUrl));
    await sound.begin(form.choice);
  } catch (error) {
    sound = null;
    leave({ type: "not-opened", code: error instanceof SourceProblem ? error.code : "failed" });
    return;
  }
  behindMs = null;
  lostMs = 0;
  outage = noOutage;
  socket = connected(new HostSocket(new URL(socketPath, location.href.replace(/^http/, "ws")).href));
  turn({ type: "opened" });
  socket.start({ language: form.language, session, takeOver, trace, resumeAt: memory.resumeAt(session) });
  showReference(true);
  wakeLock.hold();
}

async function stop() {
  if (!isListening(host)) return;
  turn({ type: "stop" });
  await sound?.end();
  sound = null;
  meter.rest();
  socket?.stop();
}

/** Off the air, however it came to that. @param {any} event */
function leave(event) {
  socket?.abandon();
  void sound?.end();
  socket = sound = null;
  wakeLock.release();
  soundCheck.disabled = false;
  meter.rest();
  clearNotices(["silence", "screen", "server", "store", "spend"]);
  turn(event);
}

// --- what the sound and the server tell ---

function heard(/** @type {SteadySource} */ source) {
  on(source, "chunk", (pcm) => socket?.push(pcm));
  on(source, "hole", (samples) => socket?.skip(samples));
  on(source, "level", (level) => source === sound && meter.show(level));
  on(source, "source", (opened) => {
    if (opened.kind === "microphone") void picker.show(opened);
  });
  on(source, "notice", notify);
  on(source, "ended", (ended) => {
    notify({ code: `${ended.kind}-ended`, label: ended.label });
    if (ended.kind === "file") void stop();
  });
  return source;
}

function connected(/** @type {HostSocket} */ link) {
  const mine = (/** @type {(detail: any) => void} */ act) => (/** @type {any} */ detail) => {
    if (link === socket) act(detail);
  };
  on(link, "state", mine((state) => turn({ type: "link", state })));
  on(link, "ready", mine(({ session }) => {
    resumable = "";
    turn({ type: "ready", session });
    captions.catchUp();
  }));
  on(link, "heard", mine(() => {
    sound?.check(); // timers may be throttled, messages are not
    remember();
  }));
  on(link, "event", mine(caption));
  on(link, "problem", mine(({ code, message }) => notify({ code: OWN_NOTICES.has(code) ? code : "problem", message })));
  on(link, "lost", mine((samples) => {
    lostMs += samples / SAMPLES_PER_MS;
    notify({ code: "lost" });
  }));
  on(link, "anew", mine(() => {
    turn({ type: "anew" });
    notify({ code: "anew" });
  }));
  on(link, "stopped", mine(({ session, segments }) => {
    memory.forget();
    leave({ type: "stopped", session, segments });
  }));
  on(link, "refused", mine(({ undelivered, ...refusal }) => leave({ type: "refused", ...refusal, undeliveredMs: undelivered / SAMPLES_PER_MS })));
  return link;
}

function caption(/** @type {any} */ event) {
  if (event.type === "spend") {
    showSpend(event);
    return;
  }
  captions.take(event);
  if (event.type === "status") {
    const { unstored } = host;
    turn(event);
    if (event.upstream === "live") notify({ code: "problem", message: "" });
    if (Boolean(unstored) !== Boolean(host.unstored)) notify({ code: host.unstored ? "unstored" : "stored" });
  }
  if (event.type === "final" && event.segment.session === host.session && socket) {
    behindMs = socket.captured / SAMPLES_PER_MS - event.segment.offset_ms - event.segment.duration_ms;
  }
}

function remember() {
  if (socket?.session && isBusy(host)) memory.keep({ session: socket.session, captured: socket.captured, trace });
}

/** @param {EventTarget} target @param {string} type @param {(detail: any) => void} act */
function on(target, type, act) {
  target.addEventListener(type, (event) => act(/** @type {CustomEvent} */ (event).detail));
}

// --- what the page shows ---

/** @param {any} event */
function turn(event) {
  const before = host;
  host = applyHost(host, event);
  if (host !== before) render();
}

function render() {
  const { title, text, tone } = hostInWords(host);
  root.dataset.phase = host.phase;
  part("state").dataset.tone = tone;
  write("state-title", title);
  write("state-text", text);
  showButtons();
  showProblem();
  part("resume").hidden = isBusy(host) || !resumable || host.problem?.code === "room.host_taken";
  part("kept").hidden = !host.session || !(host.stopped || host.problem?.code === "spend.used_up");
  part("kept-link").setAttribute("href", reviewPath.replace(/[0-9a-f-]{36}/, host.session));
  part("leave").hidden = host.phase !== "stopping" || host.linked;
  tick();
}

function showButtons() {
  const [start, end] = [part("start"), part("stop")];
  const focused = document.activeElement === start || document.activeElement === end;
  // Not `disabled`: that would drop the keyboard's place on the page.
  start.setAttribute("aria-disabled", String(host.phase === "opening"));
  end.setAttribute("aria-disabled", String(host.phase === "stopping"));
  start.hidden = !["off", "opening"].includes(host.phase);
  end.hidden = !start.hidden;
  if (focused) (start.hidden ? end : start).focus({ preventScroll: true });
}

function showProblem() {
  const { problem } = host;
  part("problem").hidden = !problem;
  if (!problem) return;
  const ours = problem.code === "room.host_taken" && problem.session !== "" && problem.session === ourSession();
  const { title, text, offers } = problemInWords(ours ? { code: "session.ours" } : problem);
  write("problem-title", `${title}.`);
  write("problem-text", text);
  for (const button of part("problem").querySelectorAll("[data-offer]")) {
    /** @type {HTMLElement} */ (button).hidden = !offers.includes(
      /** @type {HTMLElement} */ (button).dataset.offer ?? "",
    );
  }
}

/** Not announced: it changes each minute. What needs attention comes as a notice. @param {any} spend */
function showSpend(spend) {
  const { text, near } = spendInWords(spend);
  write("spend", text);
  part("spend").toggleAttribute("data-near", near);
}

/**
 * In small print, and beside whatever goes wrong: for who asks for help. What the server never heard of has none.
 * @param {boolean} shown
 */
function showReference(shown) {
  for (const place of root.querySelectorAll("[data-part=reference]")) {
    place.textContent = filled(gettext("Reference %(trace)s"), { trace });
    /** @type {HTMLElement} */ (place).hidden = !shown;
  }
}

const ourSession = () => memory.recall()?.session ?? root.dataset.session ?? "";

/** Says that all is well again, and after a while no more. */
function follow() {
  if (!isBusy(host) && outage.sinceMs !== null) outage = noOutage; // it was left, it did not end
  const before = outage;
  outage = applyOutage(before, { away: isAway(host), lostMs: Math.max(lostMs, host.lostMs) }, Date.now());
  if (outage === before) return;
  if (before.sinceMs === null && outage.sinceMs !== null) lostMs = 0;
  if (outage.over && !before.over) notify({ code: "back", ms: String(outage.over.lostMs) });
  else if (before.over && !outage.over) notify({ code: "well" });
}

function tick() {
  follow();
  const here = { keptMs: (socket?.kept ?? 0) / SAMPLES_PER_MS, lostMs };
  write("count", hostCount(host, here));
  const captured = isBusy(host) ? (socket?.captured ?? 0) : 0;
  if (isBusy(host)) write("elapsed", clock(captured / SAMPLES_PER_MS));
  write("lag", lagInWords({ behindMs: isBusy(host) ? behindMs : null, waitingMs: (socket?.waiting ?? 0) / SAMPLES_PER_MS }));
}

/** @param {string} name @param {string} text */
function write(name, text) {
  const place = part(name);
  if (place.textContent !== text) place.textContent = text;
}

/** @param {Record<string, string>} notice */
function notify(notice) {
  const words = noticeInWords(notice);
  if (!words) return;
  const list = part("notices");
  const before = list.querySelector(`[data-topic="${words.topic}"]`);
  if (before && before.textContent === words.text) return; // it would be read aloud again
  before?.remove();
  if (!words.text) return;
  const line = document.createElement("p");
  line.className = `notice small${words.tone === "error" ? " notice--error" : words.tone === "quiet" ? " notice--info" : ""}`;
  line.dataset.topic = words.topic;
  line.textContent = words.text;
  list.append(line);
}

/** Takes away all notices, or those of some topics. @param {string[]} [topics] */
function clearNotices(topics) {
  for (const line of part("notices").querySelectorAll("[data-topic]")) {
    if (!topics || topics.includes(/** @type {HTMLElement} */ (line).dataset.topic ?? "")) line.remove();
  }
}

// --- what the host does ---

/** Goes over to what is chosen now, while on the air. */
async function changeSource() {
  form.show();
  if (!sound || !isListening(host) || (form.kind === "file" && !form.file)) return;
  const before = sound.source?.kind;
  try {
    await sound.change(form.choice);
    notify({ code: "unmuted" });
  } catch (error) {
    const { title, text } = problemInWords({ code: error instanceof SourceProblem ? error.code : "failed" });
    if (before) form.kind = before;
    notify({ code: "problem", message: `${title}. ${text}` });
  }
}

/**
 * Sound of the chosen microphone, for the sound check.
 * @param {number} ms @param {(share: number) => void} progress
 */
async function record(ms, progress) {
  const check = new SteadySource(workletUrl);
  /** @type {Int16Array[]} */
  const chunks = [];
  let length = 0;
  on(check, "level", (level) => isListening(host) || meter.show(level));
  on(check, "source", (opened) => void picker.show(opened));
  try {
    await check.begin(form.microphone);
    await new Promise((resolve) => {
      setTimeout(resolve, 2 * ms); // a microphone that gives nothing at all
      on(check, "chunk", (pcm) => {
        chunks.push(pcm);
        length += pcm.length;
        progress(Math.min(1, length / SAMPLES_PER_MS / ms));
        if (length >= ms * SAMPLES_PER_MS) resolve(undefined);
      });
    });
  } finally {
    await check.end();
    if (!isListening(host)) meter.rest();
  }
  return Int16Array.from(chunks.flatMap((chunk) => [...chunk]));
}

soundCheck.record = record;

soundCheck.explain = (/** @type {unknown} */ error) => {
  const code = error instanceof SourceProblem ? error.code : "failed";
  const { title, text } = problemInWords({ code, button: `“${gettext("Check the sound")}”` });
  return `${title}. ${text}`;
};

const OFFERS = {
  "take-over": () => goOnAir({ takeOver: true }),
  "take-back": () => goOnAir({ session: host.session, takeOver: true }),
  anew: () => goOnAir(),
  continue: () => goOnAir({ session: ourSession() }),
};

part("start").addEventListener("click", () => void goOnAir());
part("stop").addEventListener("click", () => void stop());
part("continue").addEventListener("click", () => void goOnAir({ session: resumable }));
part("leave").addEventListener("click", () => leave({ type: "abandoned" }));
for (const [offer, act] of Object.entries(OFFERS)) {
  root.querySelector(`[data-offer="${offer}"]`)?.addEventListener("click", () => void act());
}
for (const name of ["source", "file", "noise-suppression", "gain-control", "echo-cancellation"]) {
  for (const input of root.querySelectorAll(`[name="${name}"]`)) input.addEventListener("change", () => void changeSource());
}
picker.addEventListener("microphone:chosen", () => void changeSource());
wakeLock.addEventListener("change", () => {
  if (wakeLock.state !== "off") notify({ code: wakeLock.state === "on" ? "wake-on" : "wake-refused" });
});
addEventListener("beforeunload", (event) => {
  if (isBusy(host)) event.preventDefault();
});
addEventListener("pagehide", remember);
for (const type of ["online", "pageshow", "visibilitychange", "resume"]) addEventListener(type, () => socket?.hurry());
setInterval(tick, 250);

const kept = memory.recall();
if (kept && kept.session !== resumable) memory.forget();
if (!globalThis.isSecureContext) turn({ type: "not-opened", code: "insecure" });
render();
root.dataset.ready = "true";
