// @ts-check
/**
 * What a page that is loaded again must know to go on: the session, and how far its sound had come.
 * Kept for the browser, not for the tab: a tab that crashed is followed by another one.
 */
export class HostMemory {
  #key;

  /** @param {string} room slug */
  constructor(room) {
    this.#key = `voxweb.host.${room}`;
  }

  /** @returns {{ session: string, captured: number, trace: string, atMs: number } | null} */
  recall() {
    try {
      const { session, captured, trace, atMs } = JSON.parse(localStorage.getItem(this.#key) ?? "null");
      if (typeof session !== "string" || !Number.isInteger(captured)) return null;
      return { session, captured, trace: String(trace ?? ""), atMs: Number(atMs) };
    } catch {
      return null;
    }
  }

  /** @param {{ session: string, captured: number, trace: string }} memory captured: samples */
  keep({ session, captured, trace }) {
    this.#write(JSON.stringify({ session, captured, trace, atMs: Date.now() }));
  }

  forget() {
    this.#write("");
  }

  /** @param {string} text */
  #write(text) {
    try {
      if (text) localStorage.setItem(this.#key, text);
      else localStorage.removeItem(this.#key);
    } catch {
      // Without storage a reload goes on where the server is.
    }
  }
}
