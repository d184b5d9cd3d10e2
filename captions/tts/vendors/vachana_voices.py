"""Vachana's voices, which its API does not list: by model, as its documents and client name them. Pure.

Source: the voice-API contract, 6.3. A voice belongs to a model, and some names to several, so that the id of
a voice here is ``model/name``. An operator can give a catalogue of their own (``VACHANA_VOICES``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from captions.tts.voices import Voice

Catalogue = Mapping[str, Mapping[str, str]]
"""Language (BCP 47, or empty) by a voice's name, by model."""

FIXED_LANGUAGE = "IND-IN"
"""What the oldest models are sent."""
FIXED_LANGUAGE_MODELS = ("vachana-voice-v1", "vachana-voice-v2")
NO_LANGUAGE_MODELS = ("vachana-voice-v3", "timbre-v2.0")
LANGUAGES = (
    *("hi-IN", "en-IN", "ta-IN", "te-IN", "kn-IN", "ml-IN", "mr-IN", "bn-IN", "gu-IN", "pa-IN"),
    "auto",
)
"""What the newest model may be told."""
NEWEST_MODEL = "timbre-v2.5"


def _by_language(**names: str) -> dict[str, str]:
    return {
        name: "hi-IN" if language == "mixed" else f"{language}-IN"
        for language, listed in names.items()
        for name in listed.split()
    }


CATALOGUE: Catalogue = {
    "vachana-voice-v1": {"Sia": "", "speaker_0": ""},
    "timbre-v2.5": _by_language(
        hi="Nalini Bhavna Yashvi Urmila Jwala Chitra Ambuja Deepak Roopesh Vikrant Hemraj Jalaj Omkar",
        en="Kaveri Trupti Devika Pranav Shlok Girish",
        ta="Asmita Trisha Brinda Vedika Noopur",
        te="Suhana Lehara Lavanya Yukti Varuni",
        kn="Saanvi Kavin",
        ml="Reshma Riyaan",
        mr="Zahira Ishaan",
        bn="Kirra Dhruva",
        gu="Falak Veera",
        pa="Mehuli Zayan",
        mixed="Poorvi",
    ),
    "timbre-v2.0": dict.fromkeys(("Pranav", "Kaveri", "Shubhra", "Deepak"), ""),
    "vachana-voice-v3": dict.fromkeys(
        ("Pranav", "Kaveri", "Shubhra", "Deepak", "Karan", "Simran", "Nara", "Riya", "Viraj", "Raju"), ""
    ),
    "vachana-voice-v2": dict.fromkeys(
        ("sia", "raju", "kanika", "nikita", "ravan", "simran", "karan", "neha"), ""
    ),
}
"""The default first: what the first documents name (G5)."""


class BadCatalogue(ValueError):
    """What an operator gave is no catalogue."""


def voices(catalogue: Catalogue) -> Iterator[Voice]:
    """All of them."""
    for model, names in catalogue.items():
        for name, language in names.items():
            yield Voice(
                provider="vachana",
                id=f"{model}/{name}",
                name=f"{name} ({model})",
                locales=_locales(model, language),
                category=model,
            )


def parted(voice_id: str) -> tuple[str, str]:
    """The model and the name of a voice; what has no model is of the newest."""
    model, slash, name = voice_id.rpartition("/")
    return (model, name) if slash and model else (NEWEST_MODEL, name)


def language_sent(model: str, chosen: str) -> str:
    """What a request says of the language, by what its model takes; empty means nothing."""
    if model in FIXED_LANGUAGE_MODELS:
        return FIXED_LANGUAGE
    return "" if model in NO_LANGUAGE_MODELS else chosen


def parse(found: object) -> Catalogue:
    """An operator's catalogue, ``{"model": {"name": "hi-IN", …} or ["name", …], …}``.

    Raises ``BadCatalogue``.
    """
    if not isinstance(found, Mapping) or not found:
        raise BadCatalogue("an object of models is expected")
    return {_name(model): _names(listed) for model, listed in found.items()}


def _names(listed: object) -> Mapping[str, str]:
    names = dict.fromkeys(listed, "") if isinstance(listed, list) and _are_texts(listed) else listed
    if not isinstance(names, Mapping) or not names or not _are_texts([*names, *names.values()]):
        raise BadCatalogue("each model has a list of names, or an object of names with their languages")
    return {_name(name): language for name, language in names.items()}


def _name(name: str) -> str:
    if not name.strip() or len(name) > 80:
        raise BadCatalogue("names of models and voices have 1 to 80 characters")
    return name


def _are_texts(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)


def _locales(model: str, language: str) -> tuple[str, ...]:
    if model != NEWEST_MODEL:
        return (language,) if language else ("hi-IN", "en-IN")
    return tuple(dict.fromkeys((language, *LANGUAGES))) if language else LANGUAGES
