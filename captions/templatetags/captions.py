"""Times, lengths and languages as the pages write them."""

from __future__ import annotations

from django import template

from captions import languages
from captions.transcripts import phrases

register = template.Library()


@register.filter
def clock(ms: int | None) -> str:
    """Milliseconds since the start as ``m:ss``, from an hour on as ``h:mm:ss``."""
    minutes, seconds = divmod((ms or 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def gap_in_words(duration_ms: int) -> str:
    """What stands where audio was lost, as the exports say it."""
    return phrases.gap(duration_ms)


@register.filter
def direction(language: str) -> str:
    """Value of ``dir``: ``rtl`` where the language is written so, else the text decides."""
    return "rtl" if languages.direction(language) == "rtl" else "auto"


@register.filter
def language_name(language: str) -> str:
    """A language's English name; the tag itself where it is not in our list."""
    return languages.name(language)
