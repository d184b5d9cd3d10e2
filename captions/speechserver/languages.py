"""Which locale an engine recognises when a session asks for a language."""

from __future__ import annotations

import re

from captions.speechserver.engines.base import ANY_LANGUAGE

USUAL_LOCALE = {
    "ar": "ar-SA",
    "bn": "bn-IN",
    "cs": "cs-CZ",
    "da": "da-DK",
    "de": "de-DE",
    "el": "el-GR",
    "en": "en-US",
    "es": "es-ES",
    "fa": "fa-IR",
    "fi": "fi-FI",
    "fr": "fr-FR",
    "he": "he-IL",
    "hi": "hi-IN",
    "hu": "hu-HU",
    "id": "id-ID",
    "it": "it-IT",
    "ja": "ja-JP",
    "ko": "ko-KR",
    "nl": "nl-NL",
    "no": "nb-NO",
    "pl": "pl-PL",
    "pt": "pt-BR",
    "ro": "ro-RO",
    "ru": "ru-RU",
    "sv": "sv-SE",
    "th": "th-TH",
    "tr": "tr-TR",
    "uk": "uk-UA",
    "vi": "vi-VN",
    "zh": "zh-CN",
}
"""The locale a bare code stands for (voice-API contract, 4.2)."""

WELL_FORMED = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def resolve(asked: str, known: tuple[str, ...]) -> str | None:
    """The locale in which ``asked`` will be recognised, or ``None`` if the engine lacks it.

    A region the engine does not have (``en-GB``) falls to the locale it has of the same language.
    """
    if not WELL_FORMED.fullmatch(asked):
        return None
    usual = USUAL_LOCALE.get(asked.lower(), asked)
    if known == (ANY_LANGUAGE,):
        return usual
    for tag in (asked, usual):
        for locale in known:
            if locale.lower() == tag.lower():
                return locale
    primary = asked.lower().split("-")[0]
    for locale in known:
        if locale.lower().split("-")[0] == primary:
            return locale
    return None
