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

  /** @returns {{ session: string, captured: number, atMs: number } | null} */
  recall() {
    try {
      const { session, captured, atMs } = JSON.parse(localStorage.getItem(this.#key) ?? "null");
      return typeof session === "string" && Number.isInteger(captured) ? { session, captured, atMs: Number(atMs) } : null;
    } catch {
      return null;
    }
  }

  /** @param {{ session: string, captured: number }} memory captured: samples */
  keep({ session, captured }) {
    this.#write(JSON.stringify({ session, captured, atMs: Date.now() }));
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
