"""The voices of the espeak engine: people's names for a language and a variant of its sound.

Languages whose usual script espeak-ng cannot read (Japanese, Hebrew) are left out.
"""

from __future__ import annotations

from typing import NamedTuple

from captions.speechserver.speaking.base import Gender, Voice

STYLES = ("calm", "cheerful")


class Language(NamedTuple):
    """A locale, what espeak-ng calls it, its name, and who speaks it: names with their variants."""

    locale: str
    espeak: str
    name: str
    women: tuple[tuple[str, str], ...]
    men: tuple[tuple[str, str], ...]


def _pair(locale: str, espeak: str, name: str, woman: str, man: str) -> Language:
    return Language(locale, espeak, name, ((woman, "f5"),), ((man, "m1"),))


LANGUAGES = (
    Language(
        *("en-US", "en-us", "English, United States"),
        (("Emma", "f5"), ("Olivia", "f2")),
        (("Henry", "m1"), ("Walter", "m3")),
    ),
    Language(
        *("en-GB", "en", "English, United Kingdom"),
        (("Grace", "f5"), ("Ivy", "f2")),
        (("Arthur", "m1"), ("Oscar", "m3")),
    ),
    Language(
        *("de-DE", "de", "German, Germany"),
        (("Klara", "f5"), ("Paula", "f2")),
        (("Jonas", "m1"), ("Emil", "m3")),
    ),
    _pair("ar-SA", "ar", "Arabic, Saudi Arabia", "Layla", "Omar"),
    _pair("bg-BG", "bg", "Bulgarian, Bulgaria", "Elena", "Ivan"),
    _pair("bn-IN", "bn", "Bengali, India", "Ananya", "Arjun"),
    _pair("ca-ES", "ca", "Catalan, Spain", "Laia", "Jordi"),
    _pair("cs-CZ", "cs", "Czech, Czechia", "Tereza", "Jakub"),
    _pair("da-DK", "da", "Danish, Denmark", "Freja", "Mads"),
    _pair("el-GR", "el", "Greek, Greece", "Eleni", "Nikos"),
    _pair("es-ES", "es", "Spanish, Spain", "Carmen", "Diego"),
    _pair("es-MX", "es-419", "Spanish, Mexico", "Lucia", "Mateo"),
    _pair("et-EE", "et", "Estonian, Estonia", "Liis", "Karl"),
    _pair("fa-IR", "fa", "Persian, Iran", "Shirin", "Darius"),
    _pair("fi-FI", "fi", "Finnish, Finland", "Aino", "Eero"),
    _pair("fr-FR", "fr", "French, France", "Camille", "Louis"),
    _pair("gu-IN", "gu", "Gujarati, India", "Diya", "Kiran"),
    _pair("hi-IN", "hi", "Hindi, India", "Asha", "Rohan"),
    _pair("hr-HR", "hr", "Croatian, Croatia", "Petra", "Luka"),
    _pair("hu-HU", "hu", "Hungarian, Hungary", "Zsofia", "Bence"),
    _pair("id-ID", "id", "Indonesian, Indonesia", "Putri", "Budi"),
    _pair("it-IT", "it", "Italian, Italy", "Giulia", "Marco"),
    _pair("kn-IN", "kn", "Kannada, India", "Kavya", "Suresh"),
    _pair("ko-KR", "ko", "Korean, South Korea", "Minji", "Junho"),
    _pair("lt-LT", "lt", "Lithuanian, Lithuania", "Ruta", "Jonas"),
    _pair("lv-LV", "lv", "Latvian, Latvia", "Liga", "Janis"),
    _pair("ml-IN", "ml", "Malayalam, India", "Devika", "Anand"),
    _pair("mr-IN", "mr", "Marathi, India", "Sai", "Vikram"),
    _pair("nb-NO", "nb", "Norwegian, Norway", "Ingrid", "Lars"),
    _pair("nl-NL", "nl", "Dutch, Netherlands", "Sanne", "Daan"),
    _pair("pa-IN", "pa", "Punjabi, India", "Simran", "Gurdeep"),
    _pair("pl-PL", "pl", "Polish, Poland", "Zofia", "Piotr"),
    _pair("pt-BR", "pt-br", "Portuguese, Brazil", "Beatriz", "Rafael"),
    _pair("pt-PT", "pt", "Portuguese, Portugal", "Ines", "Tiago"),
    _pair("ro-RO", "ro", "Romanian, Romania", "Ioana", "Andrei"),
    _pair("ru-RU", "ru", "Russian, Russia", "Anna", "Dmitri"),
    _pair("sk-SK", "sk", "Slovak, Slovakia", "Zuzana", "Martin"),
    _pair("sl-SI", "sl", "Slovenian, Slovenia", "Nina", "Matej"),
    _pair("sr-RS", "sr", "Serbian, Serbia", "Milica", "Stefan"),
    _pair("sv-SE", "sv", "Swedish, Sweden", "Astrid", "Erik"),
    _pair("sw-KE", "sw", "Swahili, Kenya", "Amani", "Juma"),
    _pair("ta-IN", "ta", "Tamil, India", "Meena", "Karthik"),
    _pair("te-IN", "te", "Telugu, India", "Sita", "Ravi"),
    _pair("tr-TR", "tr", "Turkish, Turkey", "Elif", "Emre"),
    _pair("uk-UA", "uk", "Ukrainian, Ukraine", "Oksana", "Taras"),
    _pair("ur-PK", "ur", "Urdu, Pakistan", "Zara", "Bilal"),
    _pair("vi-VN", "vi", "Vietnamese, Vietnam", "Linh", "Minh"),
    _pair("zh-CN", "cmn", "Chinese, China", "Mei", "Wei"),
    _pair("zh-HK", "yue", "Chinese, Hong Kong", "Ling", "Ming"),
)


def catalogue() -> dict[Voice, str]:
    """All voices, each with what espeak-ng calls it: language and variant, as in ``en-us+f2``."""
    return {
        _voice(language, name, gender): f"{language.espeak}+{variant}"
        for language in LANGUAGES
        for gender, people in _people(language)
        for name, variant in people
    }


def _people(language: Language) -> tuple[tuple[Gender, tuple[tuple[str, str], ...]], ...]:
    return ("female", language.women), ("male", language.men)


def _voice(language: Language, name: str, gender: Gender) -> Voice:
    voice_id = f"emu-{language.locale}-{name}".lower()
    return Voice(voice_id, f"{name} ({language.name})", (language.locale,), gender, STYLES)
