/** The viewer page without its looks: the captions as it would show them. */
import { BrowserSocket, obey, origin, say } from "./page.js";
import { RoomFeed } from "../../../static/js/net/room-feed.js";

/** @type {RoomFeed} */
let feed;
/** What has been shown as final, by id and revision. */
const seen = new Set();

function show() {
  const { log } = feed;
  for (const segment of log.segments) {
    const key = `${segment.id} ${segment.revision}`;
    if (seen.has(key)) continue;
    seen.add(key);
    say("saw", { segment });
  }
  say("log", {
    version: log.version,
    whole: !log.behind && !log.missed,
    live: log.live,
    upstream: log.upstream,
    interims: log.interims.size,
    count: log.segments.length,
  });
}

obey({
  open({ socketPath, segmentsPath }) {
    feed = new RoomFeed({ socketPath, segmentsPath, base: `${origin}/`, Socket: BrowserSocket });
    feed.addEventListener("change", show);
    feed.addEventListener("state", () => say("state", { detail: feed.state }));
    feed.start();
  },
  report: () => say("lines", { segments: feed.log.segments, more: feed.log.more }),
});
