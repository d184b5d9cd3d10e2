"""Text from outside, made safe to store and to show as text. The one place that strips anything."""

from __future__ import annotations

import re
from typing import Final

# Unicode's category Cc but tab and line feed, which are handled by themselves, and the byte order
# mark: invisible, and files of ours begin without one.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_NEWLINES: Final = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES: Final = re.compile("[ \t]+")
# Half of a pair: no text at all, and nothing can encode it.
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def clean(text: str, *, lines: bool = False) -> str:
    """``text`` without control characters and halves of characters, trimmed, with single spaces.

    All ways to break a line become a line feed if ``lines``, else a space. Marks of direction,
    joiners, emoji and markup stay as they are: they are text.
    """
    text = _NEWLINES.sub("\n" if lines else " ", text)
    text = _CONTROLS.sub("", text)
    text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
    text = _SPACES.sub(" ", text)
    if lines:
        return "\n".join(line.strip(" ") for line in text.split("\n")).strip()
    return text.strip()
