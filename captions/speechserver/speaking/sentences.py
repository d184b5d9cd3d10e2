"""Text cut where a speaker would pause, for engines that are given a piece at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 300
"""Characters of a piece; a longer sentence is cut at its last comma, or else between words."""

SENTENCE_END = re.compile(r"""[.!?…؟۔।]["'”’»)\]]*(?:\s+|$)|[。！？]["'”’」』）]*\s*|\n\s*""")
CLAUSE_END = re.compile(r"[,;:،؛]\s+|[，、；：]\s*")


def pieces(text: str) -> Iterator[str]:
    """The text in order and whole: joined, the pieces are the text again. A blank text has none."""
    start = 0
    for end in [*(found.end() for found in SENTENCE_END.finditer(text)), len(text)]:
        if text[start:end].strip():
            yield from _cut(text[start:end])
            start = end


def last_end(text: str) -> int:
    """Where the last complete sentence of a text ends; 0 where there is none."""
    return max((found.end() for found in SENTENCE_END.finditer(text)), default=0)


def _cut(sentence: str) -> Iterator[str]:
    while len(sentence) > LONGEST:
        head = sentence[:LONGEST]
        clauses = [found.end() for found in CLAUSE_END.finditer(head)]
        at = clauses[-1] if clauses else head.rfind(" ") + 1 or LONGEST
        yield sentence[:at]
        sentence = sentence[at:]
    yield sentence
