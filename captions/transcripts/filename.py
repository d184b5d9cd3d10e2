"""Names for downloaded files that every system takes, and the header that carries them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

_LONGEST_BYTES: Final = 150
"""Of UTF-8, before the extension: file systems allow 255 for the whole name."""
_FALLBACK: Final = "transcript"
_FORBIDDEN: Final = re.compile(r'[\\/:*?"<>|;%]+')
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def file_name(title: str, extension: str) -> str:
    """A file's name made from a title: no path, no control or direction marks, no device's name.

    Marks of direction go because they can make ``exe.txt`` out of ``txt.exe``.
    """
    kept = "".join(" " if char.isspace() else char for char in title if char.isspace() or _is_visible(char))
    stem = re.sub(" +", " ", _FORBIDDEN.sub(" ", kept)).strip(" .-_")
    stem = stem.encode()[:_LONGEST_BYTES].decode(errors="ignore").strip(" .-_")
    if not stem or _DEVICES.match(stem):
        stem = f"{_FALLBACK} {stem}".strip()
    return f"{stem}.{extension}"


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"} or char in "\u200c\u200d"


def content_disposition(name: str) -> str:
    """The header's value for a download of this name, in ASCII for all and in full for most.

    Sources: RFC 6266, 4.3 (both parameters), RFC 8187 (how the second is written).
    """
    stem, _, extension = name.rpartition(".")
    ascii_stem = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    ascii_stem = re.sub(r"[^A-Za-z0-9 ._()-]+", "", ascii_stem).strip(" .-_") or _FALLBACK
    header = f'attachment; filename="{ascii_stem}.{extension}"'
    if f"{ascii_stem}.{extension}" != name:
        header += f"; filename*=UTF-8''{quote(name, safe='')}"
    return header
