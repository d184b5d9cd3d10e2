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
        cut = _cut(text, longest)
        pieces.append(text[:cut])
        text = text[cut:]
    return (*pieces, text) if text or not pieces else tuple(pieces)


def _cut(text: str, longest: int) -> int:
    """Where the best break of the second half ends, else the last break at all."""
    for least in (longest // 2, 1):
        for breaks in _BREAKS:
            ends = [found.end() for found in breaks.finditer(text, 0, longest) if found.end() >= least]
            if ends:
                return ends[-1]
    cut = longest
    while cut > longest // 2 and (category(text[cut]) in _PARTS or text[cut - 1] == _JOINER):
        cut -= 1
    return cut
