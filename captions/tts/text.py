"""A text in pieces that a provider takes, cut where a speaker would breathe. Pure."""

from __future__ import annotations

import re
from unicodedata import category

_BREAKS = (
    re.compile(r"\n\s*\n\s*"),
    re.compile(r"(?:[.!?…]+[\"'”’)\]]*\s+|[。！？؟।॥]+[”’」』]*\s*|\n\s*)"),
    re.compile(r"(?:[,;:–—،؛]\s+|[，；：、]\s*)"),
    re.compile(r"\s+"),
)
"""Ends of paragraphs, sentences, clauses and words, best first; a piece keeps the break at its end."""
_PARTS = ("Mn", "Mc", "Me", "Cf", "Sk")
"""Categories of what belongs to the character before it: accents, vowel signs, the parts of an emoji."""
_JOINER = "\u200d"


def split(text: str, longest: int) -> tuple[str, ...]:
    """Pieces of at most ``longest`` characters that joined are the text; ``longest`` is 16 or more."""
    pieces = []
    while len(text) > longest:
        at = cut(text, longest)
        pieces.append(text[:at])
        text = text[at:]
    return (*pieces, text) if text or not pieces else tuple(pieces)


def sentences(text: str) -> tuple[str, ...]:
    """What joined is the text, each but the last with the end of a sentence or a paragraph at its end."""
    ends = sorted({found.end() for breaks in _BREAKS[:2] for found in breaks.finditer(text)} | {len(text)})
    starts = [0, *ends[:-1]]
    return tuple(text[start:end] for start, end in zip(starts, ends, strict=True) if end > start)


def cut(text: str, longest: int) -> int:
    """Where to cut a text that is longer: the end of the best break of the second half, else of any."""
    for least in (longest // 2, 1):
        for breaks in _BREAKS:
            ends = [found.end() for found in breaks.finditer(text, 0, longest) if found.end() >= least]
            if ends:
                return ends[-1]
    at = longest
    while at > longest // 2 and (category(text[at]) in _PARTS or text[at - 1] == _JOINER):
        at -= 1
    return at
