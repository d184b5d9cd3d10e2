// @ts-check
/** Which part of a text is being spoken. Pure. */

/** @typedef {{text: string, atMs: number}} Piece a piece of the text and where its audio begins */

/**
 * How many characters have been spoken at a moment. Inside a piece they count as spoken at an even pace, for
 * no provider here says more.
 * @param {Piece[]} pieces in order @param {number} wholeMs of audio there is @param {number} playedMs
 */
export function spokenCharacters(pieces, wholeMs, playedMs) {
  let spoken = 0;
  for (const [number, { text, atMs }] of pieces.entries()) {
    const endMs = pieces[number + 1]?.atMs ?? wholeMs;
    if (playedMs >= endMs) {
      spoken += text.length;
      continue;
    }
    const share = endMs > atMs ? Math.max(0, (playedMs - atMs) / (endMs - atMs)) : 0;
    return spoken + Math.floor(share * text.length);
  }
  return spoken;
}
