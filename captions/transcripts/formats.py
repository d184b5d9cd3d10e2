"""The formats a transcript can be had in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from captions.transcripts import json_export, srt, txt, vtt
from captions.transcripts.cues import cues
from captions.transcripts.document import Transcript
from captions.words import gettext_noop


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: the end of its name, what a browser is told it is, what a person is told."""

    extension: str
    content_type: str
    label: str
    compose: Callable[[Transcript], str]


FORMATS: Final[dict[str, Format]] = {
    made.extension: made
    for made in (
        Format("txt", "text/plain; charset=utf-8", gettext_noop("Plain text"), txt.compose),
        Format(
            "srt",
            "application/x-subrip; charset=utf-8",
            gettext_noop("SubRip subtitles"),
            lambda transcript: srt.compose(cues(transcript["segments"])),
        ),
        Format(
            "vtt",
            "text/vtt; charset=utf-8",
            gettext_noop("WebVTT subtitles"),
            lambda transcript: vtt.compose(cues(transcript["segments"])),
        ),
        Format("json", "application/json", gettext_noop("JSON with words and times"), json_export.compose),
    )
}
"""By extension, in the order in which a page offers them."""
