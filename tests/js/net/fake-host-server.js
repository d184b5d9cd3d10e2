/** The far side of a host socket: a WebSocket class whose server is the test, and a clock it turns. */

export class FakeClock {
  #nowMs = 1000;
  #runs = new Set();

  now = () => this.#nowMs;

  every = (ms, run) => {
    const entry = { ms, run, dueMs: this.#nowMs + ms };
    this.#runs.add(entry);
    return () => this.#runs.delete(entry);
  };

  /** Goes on; `throttled`, no timer comes, as in a tab that has long been hidden. */
  pass(ms, { throttled = false } = {}) {
    const endMs = this.#nowMs + ms;
    for (; this.#nowMs < endMs; ) {
      this.#nowMs = Math.min(endMs, this.#nowMs + 50);
      if (!throttled) this.#runs.forEach((entry) => this.#turn(entry));
    }
  }

  #turn(entry) {
    if (this.#nowMs < entry.dueMs) return;
    entry.dueMs = this.#nowMs + entry.ms;
    entry.run();
  }
}

export function fakeServer() {
  const connections = [];
  class FakeSocket extends EventTarget {
    bufferedAmount = 0;
    closed = false;
    texts = [];
    chunks = [];

    constructor(url) {
      super();
      this.url = url;
      connections.push(this);
    }

    send(message) {
      if (typeof message === "string") return this.texts.push(JSON.parse(message));
      const view = new DataView(message);
      return this.chunks.push({ first: view.getUint32(0, true), samples: (message.byteLength - 4) / 2 });
    }

    close() {
      this.closed = true;
    }

    // What the server does:
    accept() {
      this.dispatchEvent(new Event("open"));
    }

    say(message) {
      this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
    }

    drop(code = 1006) {
      this.dispatchEvent(Object.assign(new Event("close"), { code }));
    }

    ready(session = "s1", samples = 0) {
      this.accept();
      this.say({ type: "ready", session, samples });
      return this;
    }

    /** The stretches of audio that were sent, joined where they touch: [first, end]. */
    get heard() {
      const stretches = [];
      for (const { first, samples } of this.chunks) {
        const last = stretches.at(-1);
        if (last && last[1] === first) last[1] += samples;
        else stretches.push([first, first + samples]);
      }
      return stretches;
    }
  }
  return {
    Socket: FakeSocket,
    connections,
    get last() {
      return connections.at(-1);
    },
  };
}
