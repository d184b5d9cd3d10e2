// @ts-check
import { toPcm16 } from "./pcm16.js";

/** For a file of which nobody knows the rate. */
const USUAL_RATE_HZ = 48_000;

/**
 * The samples of a file in whatever format the browser reads, all channels as one.
 *
 * Nothing is played here, so a page may decode before anybody has clicked.
 * @param {ArrayBuffer} file is given away
 * @param {number} rateHz at which it is wanted
 * @throws {DOMException} where the browser cannot read it
 */
export async function decoded(file, rateHz) {
  const context = new OfflineAudioContext(1, 1, rateHz || USUAL_RATE_HZ);
  const sound = await context.decodeAudioData(file);
  return { samples: toPcm16(mixed(sound)), rateHz: sound.sampleRate };
}

/** @param {AudioBuffer} sound */
function mixed(sound) {
  const [first, ...others] = Array.from({ length: sound.numberOfChannels }, (_, number) => sound.getChannelData(number));
  if (!others.length) return first;
  return first.map((sample, at) => others.reduce((sum, other) => sum + other[at], sample) / sound.numberOfChannels);
}
