// @ts-check
/**
 * Keeps the screen on while on the air. A browser takes the lock away whenever the page is hidden,
 * so it is asked for again when the page is seen.
 *
 * Event `change`; `state` is off, on, refused or unsupported.
 */
export class WakeLock extends EventTarget {
  state = "off";
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  /** @type {AbortController | null} */
  #stop = null;

  hold() {
    if (this.#stop) return;
    this.#stop = new AbortController();
    const again = () => document.visibilityState === "visible" && void this.#request();
    document.addEventListener("visibilitychange", again, { signal: this.#stop.signal });
    void this.#request();
  }

  release() {
    this.#stop?.abort();
    this.#stop = null;
    void this.#lock?.release();
    this.#lock = null;
    this.#become("off");
  }

  async #request() {
    const wanted = this.#stop;
    try {
      if (!navigator.wakeLock) return this.#become("unsupported");
      const lock = await navigator.wakeLock.request("screen");
      if (this.#stop !== wanted || !wanted) return void lock.release();
      this.#lock = lock;
      lock.addEventListener("release", () => this.#lock === lock && this.#stop && this.#become("refused"));
      return this.#become("on");
    } catch {
      if (this.#stop) this.#become("refused");
    }
  }

  /** @param {string} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
