// @ts-check
import { gapInWords } from "./words.js";

/**
 * What has been said, as plain text: a line for each caption, an empty line between two sessions. Pure.
 *
 * @param {{title: string}} room
 * @param {readonly import("./captions.js").Segment[]} segments
 */
export function asText({ title }, segments) {
  const shown = segments.filter(({ kind, text }) => kind === "gap" || text);
  const lines = shown.flatMap((segment, index) => {
    const another = index > 0 && shown[index - 1].session !== segment.session;
    const speaker = segment.speaker ? `${segment.speaker}: ` : "";
    return [...(another ? [""] : []), segment.kind === "gap" ? gapInWords(segment) : speaker + segment.text];
  });
  return `${[title, "", ...lines].join("\n")}\n`;
}

/** A name for that as a file, on any system. @param {string} title @param {Date} now */
export function fileNameFor(title, now) {
  const day = now.toISOString().slice(0, 10);
  const plain = title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 80);
  return `${[plain || "captions", day].join(" ")}.txt`;
}
