// @ts-check
/**
 * Pictures to try an overlay over: plain ones, and one that is as busy and as bright in places as a video.
 * That one moves, unless whoever looks has asked for less motion or looks elsewhere.
 */
export class OverlayBackdrop {
  static frameMs = 80;

  #frame;
  #canvas;
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #moving;
  #step = 0;

  /** @param {HTMLElement} frame with a canvas in it */
  constructor(frame) {
    this.#frame = frame;
    this.#canvas = /** @type {HTMLCanvasElement} */ (frame.querySelector("canvas"));
    this.#still.addEventListener("change", () => this.show(frame.dataset.backdrop ?? ""));
  }

  /** @param {string} kind light, dark or video */
  show(kind) {
    clearInterval(this.#moving);
    this.#frame.dataset.backdrop = kind;
    if (kind !== "video") return;
    this.#draw();
    if (!this.#still.matches) this.#moving = setInterval(() => document.hidden || this.#draw(), OverlayBackdrop.frameMs);
  }

  #draw() {
    const pen = this.#canvas.getContext("2d");
    if (!pen) return;
    const { width, height } = this.#canvas;
    const step = this.#step++;
    const sky = pen.createLinearGradient(0, 0, 0, height);
    sky.addColorStop(0, "#7fb4ff");
    sky.addColorStop(0.55, "#ffe9c4");
    sky.addColorStop(1, "#2e5d34");
    pen.fillStyle = sky;
    pen.fillRect(0, 0, width, height);
    for (let index = 0; index < 24; index += 1) {
      const hue = (index * 47 + step) % 360;
      pen.fillStyle = `hsl(${hue} 80% ${20 + ((index * 13) % 65)}%)`;
      const across = (index * 61 + step * (1 + (index % 4))) % (width + 80);
      pen.fillRect(across - 60, height * (0.35 + 0.6 * ((index * 7) % 11) / 11), 24 + ((index * 5) % 40), 6 + ((index * 3) % 18));
    }
  }
}
