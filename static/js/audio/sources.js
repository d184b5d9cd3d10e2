// @ts-check
/**
 * Where sound can come from: a microphone, the sound of a tab, an audio file. Each is opened into a
 * `Source`; what goes wrong is a `SourceProblem` whose code state/host-words.js puts into words.
 *
 * What a browser can do is asked of it by feature, never by name.
 *
 * @typedef {{ echoCancellation: boolean, noiseSuppression: boolean, autoGainControl: boolean }} Processing
 * @typedef {{ kind: "microphone", deviceId: string, label: string, processing: Processing }
 *   | { kind: "tab" } | { kind: "file", file: File }} Choice
 * @typedef {object} Source
 * @property {Choice["kind"]} kind
 * @property {string} label what the person knows it by
 * @property {string} deviceId empty where it is no device
 * @property {string} groupId of the thing that the device is part of
 * @property {MediaStreamTrack | null} track
 * @property {HTMLMediaElement | null} player
 * @property {(context: AudioContext) => AudioNode} attach
 * @property {() => void} begin called once sound can be taken
 * @property {() => void} close
 */

/** @typedef {{ deviceId: string, groupId: string, label: string }} Microphone */

export class SourceProblem extends Error {
  /**
   * @param {string} code
   * @param {unknown} [cause]
   */
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }
}

/** @type {Processing} */
export const UNTOUCHED = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

export const canUseMicrophone = () => Boolean(globalThis.navigator?.mediaDevices?.getUserMedia);

/** Only browsers that share a tab's sound know how to keep it from the speakers meanwhile. */
export function canUseTab() {
  const devices = globalThis.navigator?.mediaDevices;
  if (!devices || !("getDisplayMedia" in devices)) return false;
  return "suppressLocalAudioPlayback" in devices.getSupportedConstraints();
}

/**
 * The microphones there are; without permission their labels are empty.
 * @returns {Promise<Microphone[]>}
 */
export async function listMicrophones() {
  const devices = (await globalThis.navigator?.mediaDevices?.enumerateDevices?.()) ?? [];
  return devices.filter((device) => device.kind === "audioinput");
}

/**
 * @param {Choice} choice
 * @returns {Promise<Source>}
 */
export function openSource(choice) {
  if (choice.kind === "tab") return openTab();
  return choice.kind === "file" ? openFile(choice.file) : openMicrophone(choice);
}

/**
 * @param {{ deviceId: string, processing: Processing }} choice `deviceId` empty: whichever the browser takes
 * @returns {Promise<Source>}
 */
async function openMicrophone({ deviceId, processing }) {
  if (!globalThis.isSecureContext) throw new SourceProblem("insecure");
  if (!canUseMicrophone()) throw new SourceProblem("unsupported");
  const constraints = { ...processing, ...(deviceId ? { deviceId: { exact: deviceId } } : {}) };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: constraints });
    return fromStream("microphone", stream);
  } catch (error) {
    throw await microphoneProblem(error);
  }
}

/** @returns {Promise<Source>} */
async function openTab() {
  if (!canUseTab()) throw new SourceProblem("tab-unsupported");
  try {
    // The picture must be asked for, and kept: some browsers end the sound with it.
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: { ...UNTOUCHED } });
    if (stream.getAudioTracks().length > 0) return fromStream("tab", stream);
    for (const track of stream.getTracks()) track.stop();
  } catch (error) {
    throw new SourceProblem(nameOf(error) === "NotAllowedError" ? "tab-cancelled" : "tab-failed", error);
  }
  throw new SourceProblem("tab-without-sound");
}

/**
 * A file is decoded and played by the browser, at its own pace and length, heard by the host too.
 * @param {File} file
 * @returns {Promise<Source>}
 */
async function openFile(file) {
  const address = URL.createObjectURL(file);
  const player = new Audio(address);
  try {
    await new Promise((resolve, reject) => {
      player.addEventListener("loadedmetadata", resolve, { once: true });
      player.addEventListener("error", () => reject(player.error), { once: true });
    });
  } catch (error) {
    URL.revokeObjectURL(address);
    throw new SourceProblem("file-unreadable", error);
  }
  return {
    kind: "file",
    label: file.name,
    deviceId: "",
    groupId: "",
    track: null,
    player,
    attach(context) {
      const node = context.createMediaElementSource(player);
      node.connect(context.destination);
      return node;
    },
    begin: () => void player.play().catch(() => player.dispatchEvent(new Event("error"))),
    close() {
      player.pause();
      player.removeAttribute("src");
      URL.revokeObjectURL(address);
    },
  };
}

/**
 * @param {"microphone" | "tab"} kind
 * @param {MediaStream} stream kept referenced by the source: some browsers collect it otherwise
 * @returns {Source}
 */
function fromStream(kind, stream) {
  const [track] = stream.getAudioTracks();
  const { deviceId = "", groupId = "" } = track.getSettings();
  return {
    kind,
    label: track.label,
    deviceId: kind === "microphone" ? deviceId : "",
    groupId,
    track,
    player: null,
    attach: (context) => context.createMediaStreamSource(stream),
    begin() {},
    close() {
      for (const each of stream.getTracks()) each.stop();
    },
  };
}

/** @param {unknown} error */
const nameOf = (error) => (error instanceof Error || error instanceof DOMException ? error.name : "");

/** @type {Record<string, string>} */
const MICROPHONE_PROBLEMS = {
  NotFoundError: "none",
  DevicesNotFoundError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
  OverconstrainedError: "gone",
  SecurityError: "blocked",
};

/** @param {unknown} error */
async function microphoneProblem(error) {
  if (nameOf(error) !== "NotAllowedError") return new SourceProblem(MICROPHONE_PROBLEMS[nameOf(error)] ?? "failed", error);
  if (/system/i.test(String(error))) return new SourceProblem("blocked-by-system", error);
  return new SourceProblem((await permission()) === "prompt" ? "dismissed" : "blocked", error);
}

/** What the browser remembers about this page and microphones; empty where it does not say. */
export async function permission() {
  try {
    const status = await navigator.permissions.query({ name: /** @type {PermissionName} */ ("microphone") });
    return status.state;
  } catch {
    return "";
  }
}
