// @ts-check
import { RoomFeed } from "../net/room-feed.js";

/** @type {Map<string, {feed: RoomFeed, users: number}>} */
const shared = new Map();

/**
 * The feed of a room, the same for all who ask on a page: one socket serves them. Give it back by `letGo`.
 *
 * @param {{base: string, room: string, overlay?: string}} place `overlay`: the key of an overlay's link
 */
export function feedOf({ base, room, overlay = "" }) {
  const key = JSON.stringify([base, room, overlay]);
  const entry = shared.get(key) ?? opened({ base, room, overlay });
  shared.set(key, entry);
  entry.users += 1;
  const letGo = () => {
    entry.users -= 1;
    if (entry.users > 0) return;
    shared.delete(key);
    entry.feed.stop();
  };
  return { feed: entry.feed, letGo };
}

/** @param {{base: string, room: string, overlay: string}} place */
function opened({ base, room, overlay }) {
  const slug = encodeURIComponent(room);
  const query = overlay ? `?${new URLSearchParams({ overlay })}` : "";
  const feed = new RoomFeed({ socketPath: `/ws/embed/${slug}/${query}`, segmentsPath: `/r/${slug}/segments${query}`, base });
  feed.start();
  return { feed, users: 0 };
}
