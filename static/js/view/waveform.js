// @ts-check
import { peaks } from "../tts/pcm.js";

/** Draws sound as bars, what has been played in full ink. @param {HTMLCanvasElement} canvas
 * @param {Int16Array} samples @param {number} playedShare 0 to 1 */
export function drawWaveform(canvas, samples, playedShare) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const { width, height } = canvas;
  const columns = Math.floor(width / 4);
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(canvas).color;
  for (const [column, peak] of peaks(samples, columns).entries()) {
    const bar = Math.max(2, peak * height);
    context.globalAlpha = column < playedShare * columns ? 1 : 0.4;
    context.fillRect(column * 4, (height - bar) / 2, 3, bar);
  }
  context.globalAlpha = 1;
}
