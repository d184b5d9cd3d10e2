"""Text into pieces that fit a line, whatever it is written in.

Width is counted in columns: East Asian wide signs and emoji take two, marks on other signs none.
A break never falls inside what a reader sees as one sign (a letter with its accents, a family
emoji, a flag). That is the part of Unicode's text segmentation (UAX 29) that captions need.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_JOINER: Final = "\u200d"
_FLAGS: Final = range(0x1F1E6, 0x1F200)
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_TAGS: Final = range(0xE0020, 0xE0080)
# Not at the start of a line: what closes, and what sounds on.
_NO_START: Final = frozenset("、。，．！？：；）」』】〉》〕］｝ー々…‥’”)]}!?,.:;%")
# Not at the end of a line: what opens.
_NO_END: Final = frozenset("（「『【〈《〔［｛‘“([{")
# Spaces that may be broken at; the no-break ones stay inside their word.
_SPACES: Final = re.compile(r"[^\S\u00a0\u2007\u202f]+")


def words(text: str) -> list[str]:
    """The pieces of ``text`` between spaces; no-break spaces do not separate."""
    return [word for word in _SPACES.split(text) if word]


def clusters(text: str) -> Iterator[str]:
    """``text`` sign by sign, each with all that belongs to it."""
    cluster = ""
    for char in text:
        if cluster and not _belongs(char, cluster):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _belongs(char: str, cluster: str) -> bool:
    code = ord(char)
    if char == _JOINER or cluster[-1] == _JOINER or code in _SKIN_TONES or code in _TAGS:
        return True
    if unicodedata.category(char) in {"Mn", "Me", "Mc"}:
        return True
    return code in _FLAGS and len(cluster) == 1 and ord(cluster) in _FLAGS


def width(text: str) -> int:
    """Columns that ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_cluster_width(cluster) for cluster in clusters(text))


def _cluster_width(cluster: str) -> int:
    if unicodedata.category(cluster[0]) in {"Mn", "Me", "Cf"}:
        return 0
    wide = unicodedata.east_asian_width(cluster[0]) in {"W", "F"} or ord(cluster[0]) in _FLAGS
    return 2 if wide or "\ufe0f" in cluster else 1


def chop(word: str, columns: int) -> list[str]:
    """A word in pieces of ``columns`` at most, one piece where it fits; joined they are the word."""
    if width(word) <= columns:
        return [word]
    pieces: list[str] = []
    piece: list[str] = []
    used = 0
    for cluster in clusters(word):
        more = _cluster_width(cluster)
        if piece and used + more > columns:
            carried = _carried(piece, cluster)
            pieces.append("".join(piece[: len(piece) - carried]))
            piece = piece[len(piece) - carried :]
            used = sum(_cluster_width(kept) for kept in piece)
        piece.append(cluster)
        used += more
    pieces.append("".join(piece))
    return pieces


def _carried(piece: list[str], following: str) -> int:
    """How many of the last signs of a full line go to the next one with ``following`` (0, 1 or 2)."""
    for carried in range(min(3, len(piece))):
        start = piece[-carried] if carried else following
        if start not in _NO_START and piece[-carried - 1] not in _NO_END:
            return carried
    return 0
