/**
 * A room as its server has it, on a socket and over HTTP, with the network in the test's hands.
 *
 * It keeps segments and answers `hello`, `since`, `?after=` and `?before=` as docs/protocol.md has it,
 * a few segments a reply, so that small tests see long refills.
 */
export class FakeRoom {
  sessions = [];
  segments = [];
  version = 0;
  removals = [];
  live = true;
  /** Sockets that were opened, the newest last, and addresses that were fetched. */
  sockets = [];
  fetched = [];
  /** Set false: HTTP does not answer. */
  answers = true;

  constructor({ most = 4 } = {}) {
    this.most = most;
    const room = this;
    this.Socket = class extends FakeViewerSocket {
      constructor(url) {
        super(url, room);
      }
    };
  }

  get last() {
    return this.sockets.at(-1);
  }

  get texts() {
    return inTime(this, this.segments).map(({ text }) => text);
  }

  /** Says and stores another caption; whoever is connected hears it. */
  say(session = "s1") {
    if (!this.sessions.includes(session)) this.sessions.push(session);
    this.version += 1;
    const utterance = this.version;
    const segment = {
      id: `id-${utterance}`,
      session,
      utterance,
      kind: "speech",
      text: `text ${utterance}`,
      offset_ms: utterance * 1000,
      duration_ms: 900,
      language: "en-US",
      revision: 0,
      version: this.version,
    };
    this.segments.push(segment);
    this.tell({ type: "final", version: this.version, segment });
  }

  correct(utterance, text) {
    this.version += 1;
    const at = this.segments.findIndex((segment) => segment.utterance === utterance);
    const before = this.segments[at];
    const segment = { ...before, text, revision: before.revision + 1, version: this.version };
    this.segments[at] = segment;
    this.tell({ type: "revised", version: this.version, segment });
  }

  remove(session) {
    this.version += 1;
    this.segments = this.segments.filter((segment) => segment.session !== session);
    this.removals.push({ version: this.version, session });
    this.tell({ type: "removed", version: this.version, session });
  }

  tell(message) {
    for (const socket of this.sockets) socket.hears(message);
  }

  fetch = async (address, { signal } = {}) => {
    this.fetched.push(address);
    await undefined;
    if (!this.answers || signal?.aborted) throw new TypeError("failed to fetch");
    const [[side, version]] = new URL(address).searchParams;
    const page = side === "after" ? this.#after(Number(version)) : this.#before(Number(version));
    return { ok: true, json: async () => structuredClone(page) };
  };

  /** The newest of what changed, as `hello` and `changes` have it. */
  refill(after) {
    const found = this.segments.filter(({ version }) => version > after).sort((a, b) => b.version - a.version);
    const removed = this.removals.filter(({ version }) => after > 0 && version > after).map(({ session }) => session);
    return this.#page(this.version, found.slice(0, this.most), found.length > this.most, removed);
  }

  #after(after) {
    const found = this.segments.filter(({ version }) => version > after).sort((a, b) => a.version - b.version);
    const more = found.length > this.most;
    const reached = more ? found[this.most - 1].version : this.version;
    const gone = this.removals.filter(({ version }) => version > after && version <= reached);
    return this.#page(reached, found.slice(0, this.most), more, gone.map(({ session }) => session));
  }

  #before(before) {
    const found = this.segments.filter(({ version }) => version < before).sort((a, b) => b.version - a.version);
    const page = found.slice(0, this.most);
    return this.#page(page.at(-1)?.version ?? before, page, found.length > this.most, []);
  }

  #page(version, segments, more, removed) {
    return { version, segments: inTime(this, segments), ...(more && { more }), ...(removed.length && { removed }) };
  }
}

const inTime = (room, segments) =>
  [...segments].sort(
    (a, b) => room.sessions.indexOf(a.session) - room.sessions.indexOf(b.session) || a.offset_ms - b.offset_ms,
  );

class FakeViewerSocket extends EventTarget {
  closed = false;
  accepted = false;
  /** Set true: nothing comes through any more, and neither side knows. */
  deaf = false;
  sent = [];
  #room;

  constructor(url, room) {
    super();
    this.url = url;
    this.#room = room;
    room.sockets.push(this);
  }

  /** The server takes the connection: hello. */
  accept() {
    this.accepted = true;
    const asked = Number(new URL(this.url).searchParams.get("after") ?? 0);
    const after = asked > this.#room.version ? 0 : asked;
    const room = { slug: "hall", title: "Hall", language: "en-US" };
    this.hears({ type: "hello", room, live: this.#room.live, ...this.#room.refill(after) });
    return this;
  }

  hears(message) {
    if (this.closed || this.deaf || !this.accepted) return;
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }

  send(text) {
    const message = JSON.parse(text);
    this.sent.push(message);
    if (message.type === "since") this.hears({ type: "changes", ...this.#room.refill(message.version) });
  }

  close() {
    this.closed = true;
  }

  drop(code = 1006) {
    this.closed = true;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}
