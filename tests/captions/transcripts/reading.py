"""Small parsers of the formats, and segments to compose them from."""

from __future__ import annotations

import html
import re
from typing import Any, NamedTuple

from captions.transcripts.document import SegmentDict, Transcript
from captions.transcripts.srt import GUARD


class Shown(NamedTuple):
    """A cue as a player would show it."""

    start_ms: int
    end_ms: int
    speaker: str
    lines: list[str]


def segment(utterance: int = 1, text: str = "good evening", **spoil: Any) -> SegmentDict:
    """A second of speech, one second after another."""
    fields = {
        "id": f"id-{utterance}",
        "session": "s",
        "utterance": utterance,
        "kind": "speech",
        "speaker": "",
        "text": text,
        "offset_ms": 1000 * (utterance - 1),
        "duration_ms": 1000,
        "confidence": 0.9,
        "language": "en-US",
        "revision": 0,
        "words": [],
    }
    return fields | spoil  # type: ignore[return-value]


def lost(utterance: int = 1, **spoil: Any) -> SegmentDict:
    return segment(utterance, "", **{"kind": "gap", "confidence": None} | spoil)


def spoken(text: str, offset_ms: int = 0, word_ms: int = 500, **spoil: Any) -> SegmentDict:
    """Speech whose words were heard one after the other."""
    words = [
        {"word": word, "offset_ms": offset_ms + n * word_ms, "duration_ms": word_ms, "confidence": None}
        for n, word in enumerate(text.split())
    ]
    return segment(
        **{"text": text, "words": words, "offset_ms": offset_ms, "duration_ms": word_ms * len(words)} | spoil
    )


def transcript(*segments: SegmentDict, **session: Any) -> Transcript:
    return {
        "room": {"slug": "town-hall", "title": "Town hall", "language": "en-US"},
        "session": {  # type: ignore[typeddict-item]
            "id": "s",
            "title": "",
            "language": "en-US",
            "engine": "scripted",
            "started_at": "2026-03-01T12:00:00+00:00",
            "ended_at": None,
        }
        | session,
        "segments": list(segments),
    }


def ms(stamp: str) -> int:
    hours, minutes, rest = stamp.split(":")
    seconds, millis = re.split("[.,]", rest)
    assert (len(minutes), len(seconds), len(millis)) == (2, 2, 3)
    assert len(hours) >= 2
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(millis)


def read_vtt(text: str) -> list[Shown]:
    """Cues of WebVTT, read the way the standard's parser does: blocks by empty lines."""
    header, *blocks = text.rstrip("\n").split("\n\n")
    assert header == "WEBVTT"
    return [_vtt_cue(block.split("\n")) for block in blocks]


def _vtt_cue(lines: list[str]) -> Shown:
    start, arrow, end = lines[0].split(" ")
    assert arrow == "-->"
    assert not any("-->" in line for line in lines[1:])
    body = "\n".join(lines[1:])
    speaker = ""
    if voice := re.match(r"<v ([^>]*)>", body):
        speaker, body = html.unescape(voice[1]), body[voice.end() :]
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", body)
    return Shown(ms(start), ms(end), speaker, html.unescape(body).split("\n"))


MARKUP = re.compile(r"</?[a-zA-Z!?]|\{\\|\{[a-zA-Z]|&[#a-zA-Z]")
"""What players of SRT take for more than text."""


def read_srt(text: str) -> list[Shown]:
    """Cues of SRT, whose numbers must count from one."""
    shown = []
    for number, block in enumerate(text.rstrip("\n").split("\n\n") if text.strip() else [], 1):
        count, times, *lines = block.split("\n")
        assert count == str(number)
        start, end = times.split(" --> ")
        assert not any("-->" in line or MARKUP.search(line) for line in lines)
        shown.append(Shown(ms(start), ms(end), "", [line.replace(GUARD, "") for line in lines]))
    return shown


def together(shown: list[Shown]) -> str:
    """All that was shown, without the places where lines were broken."""
    return "".join("".join(cue.lines) for cue in shown).replace(" ", "")
