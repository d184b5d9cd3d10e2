"""The word that audio breaks off in, where somebody else goes on with the session. Pure.

A flush makes a final of half a word. Whoever goes on is sent the audio from the end of what is stored, and
would make another one of the other half. So the last word is left to them, from its beginning.
"""

from __future__ import annotations

from dataclasses import replace

from captions.relay.captions import FinalCaption

EDGE_MS = 300
"""A word that ends so close before the end of the audio may go on: upstreams round times."""


def without_cut_word(caption: FinalCaption, end_ms: int) -> FinalCaption | None:
    """``caption`` without its last word, if the audio's end at ``end_ms`` may have cut it.

    ``None``: there is no other word in it. Where the upstream names no words, nothing is known of them.
    """
    if not caption.words:
        return caption
    last = caption.words[-1]
    if last.offset_ms + last.duration_ms < end_ms - EDGE_MS:
        return caption
    kept = caption.words[:-1]
    if not kept:
        return None
    texts = caption.text.split()
    same = len(texts) == len(caption.words)
    return replace(
        caption,
        text=" ".join(texts[:-1] if same else [word.text for word in kept]),
        duration_ms=kept[-1].offset_ms + kept[-1].duration_ms - caption.offset_ms,
        words=kept,
    )
