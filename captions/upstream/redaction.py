"""Texts of others without our key."""

from __future__ import annotations

import json
import re
from html import escape
from urllib.parse import quote, quote_plus

from captions.upstream.secret import Secret

SHORTEST_PART = 4
"""Characters of a key at the end of a text that are taken for the beginning of the key."""
_TOKEN = re.compile(r"(?i)\b(token=)[^&\s\"']+")


def without(key: Secret, text: str) -> str:
    """``text`` with neither the key, however it is quoted, nor anything that stands where one does."""
    if plain := key.reveal():
        for form in _forms(plain):
            text = text.replace(form, "…")
            # The text may have been cut off in the middle of it.
            for length in range(min(len(form), len(text)), SHORTEST_PART - 1, -1):
                if text.endswith(form[:length]):
                    text = text[:-length] + "…"
                    break
    return _TOKEN.sub(r"\1…", text)


def _forms(plain: str) -> tuple[str, ...]:
    """A key as it may be quoted in an address, in JSON or in HTML."""
    return (
        plain,
        quote(plain, safe=""),
        quote(plain),
        quote_plus(plain),
        json.dumps(plain)[1:-1],
        escape(plain),
    )
