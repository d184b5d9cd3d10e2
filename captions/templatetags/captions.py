"""Times, lengths and languages as the pages write them."""

from __future__ import annotations

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from captions import i18n, languages
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
    """What stands where audio was lost."""
    return phrases.gap(duration_ms, gettext)


@register.filter
def direction(language: str) -> str:
    """Value of ``dir``: ``rtl`` where the language is written so, else the text decides."""
    return "rtl" if languages.direction(language) == "rtl" else "auto"


@register.filter
def spoken_language(language: str) -> str:
    """What a page calls a language of speech; the tag itself where it is not in our list."""
    return languages.name(language) if i18n.is_english() else languages.own_name(language)


@register.simple_tag
def spoken_languages() -> list[tuple[str, str]]:
    """Languages of speech to choose from: tags and what a page calls them."""
    return languages.choices(in_english=i18n.is_english())


@register.simple_tag
def page_words() -> SafeString:
    """The catalog of a page's scripts, as data that ``static/js/words/gettext.js`` finds; none in English."""
    language = get_language() or i18n.ENGLISH
    if language == i18n.ENGLISH:
        return mark_safe("")
    return json_script({"language": language, "catalog": i18n.catalog(language)}, "words")
