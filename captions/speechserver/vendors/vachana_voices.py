"""Vachana: its models of every generation, and who speaks for their voices (voice-API contract, 6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

V1, V2, V3, T20, T25, CLONE = (
    *("vachana-voice-v1", "vachana-voice-v2", "vachana-voice-v3"),
    *("timbre-v2.0", "timbre-v2.5", "vachana-vc-v1"),
)
EMBEDDING_SHAPE = [1, 768]
LANGUAGES = (
    *("auto", "hi-IN", "en-IN", "ta-IN", "te-IN", "kn-IN", "ml-IN", "mr-IN", "bn-IN", "gu-IN", "pa-IN"),
    "hi-en",
)


@dataclass(frozen=True, slots=True)
class Model:
    """One model: its voices with their language, and what its requests may say."""

    voices: Mapping[str, str]
    languages: tuple[str, ...] = ()
    """That may be told; without any, none may."""
    takes_speed: bool = False


def _voices(language: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), language)


MODELS: Mapping[str, Model] = {
    V1: Model(_voices("hi-IN", "Sia speaker_0"), languages=("IND-IN",)),
    V2: Model(_voices("hi-IN", "sia raju kanika nikita ravan simran karan neha"), languages=("IND-IN",)),
    V3: Model(_voices("hi-IN", "Karan Simran Nara Riya Viraj Raju Pranav Kaveri Shubhra Deepak")),
    T20: Model(_voices("hi-IN", "Pranav Kaveri Shubhra Deepak")),
    T25: Model(
        {
            **_voices("hi-IN", "Nalini Bhavna Yashvi Urmila Jwala Chitra Ambuja Deepak Roopesh Vikrant"),
            **_voices("hi-IN", "Hemraj Jalaj Omkar Poorvi"),
            **_voices("en-IN", "Kaveri Trupti Devika Pranav Shlok Girish"),
            **_voices("ta-IN", "Asmita Trisha Brinda Vedika Noopur"),
            **_voices("te-IN", "Suhana Lehara Lavanya Yukti Varuni"),
            **_voices("kn-IN", "Saanvi Kavin"),
            **_voices("ml-IN", "Reshma Riyaan"),
            **_voices("mr-IN", "Zahira Ishaan"),
            **_voices("bn-IN", "Kirra Dhruva"),
            **_voices("gu-IN", "Falak Veera"),
            **_voices("pa-IN", "Mehuli Zayan"),
        },
        languages=LANGUAGES,
        takes_speed=True,
    ),
    CLONE: Model({}, languages=("IND-IN",)),
}


def language_of(model: Model, voice: str, told: str) -> str:
    """What the engine is to speak: the language that was told, else the voice's own (BCP 47)."""
    known = {name.lower(): language for name, language in model.voices.items()}
    own = known.get(voice.lower(), "hi-IN")
    return own if told in ("", "auto", "IND-IN", "hi-en") else told
