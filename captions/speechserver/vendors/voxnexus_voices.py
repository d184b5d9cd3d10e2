"""VoxNexus: its catalogue of voices, made from those of the engine (voice-API contract, 3.2, 3.3, 8.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from captions.speechserver.access import Admitted
from captions.speechserver.languages import resolve
from captions.speechserver.protocol import Message, Refusal
from captions.speechserver.server import SpeechServer
from captions.speechserver.speaking.base import Gender, Manner, Voice
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.vendors.voxnexus import keyed, refusal

XIAOXIAO = Voice("vl-xiaoxiao", "Xiaoxiao", ("zh-CN", "en-US"), "female", ("calm", "cheerful"))
"""The voice of the documents' examples, spoken by whom the engine has."""

STYLES = {"calm": Manner(speed=0.9, pitch_semitones=-1.0), "cheerful": Manner(1.1, 2.0)}
"""What a style adds to the manner that was asked for, at a degree of 1."""
MOST_DEGREE = 2.0

AGES = ("child", "young", "adult", "senior")
AGE = "adult"
GENDERS: tuple[Gender, ...] = ("female", "male", "neutral")
PAGE_SIZE, MOST_PAGE_SIZE = 20, 100

TITLE = re.compile(r"(?P<name>[^(]+) \((?P<locale>.+)\)")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The voices as the vendor offers them."""

    speaker: Speaker

    @property
    def voices(self) -> tuple[Voice, ...]:
        """All of them; without an engine there are none."""
        return (XIAOXIAO, *self.speaker.voices) if self.speaker.voices else ()

    def find(self, voice_id: str) -> Voice:
        """Raises ``Refusal``."""
        for voice in self.voices:
            if voice.id == voice_id:
                return voice
        raise Refusal("VOICE_NOT_FOUND", f"there is no voice {voice_id[:60]}")

    def spoken_by(self, voice: Voice, language: str) -> Voice:
        """The engine's voice that speaks for one of the catalogue."""
        if voice is XIAOXIAO:
            return self.speaker.find_for(language, voice.gender, voice.id)
        return voice


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/v1/voices`` and ``/v1/voices/{voice_id}``."""
    catalogue = Catalogue(server.speaker)

    async def voices(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        try:
            return web.json_response(listed(catalogue.voices, dict(request.query)))
        except Refusal as exc:
            return refusal(exc, server.next_request_id())

    async def voice(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        try:
            return web.json_response(described(catalogue.find(request.match_info["voice_id"])))
        except Refusal as exc:
            return refusal(exc, server.next_request_id())

    return [
        web.get("/v1/voices", keyed(server, voices)),
        web.get("/v1/voices/{voice_id}", keyed(server, voice)),
    ]


def listed(voices: tuple[Voice, ...], query: dict[str, str]) -> Message:
    """One page of the voices that a query asks for. Raises ``Refusal``."""
    page = _whole(query, "page", 1, 1_000_000)
    page_size = _whole(query, "page_size", PAGE_SIZE, MOST_PAGE_SIZE)
    found = [voice for voice in voices if _is_asked_for(voice, query)]
    first = (page - 1) * page_size
    return {
        "voices": [described(voice) for voice in found[first : first + page_size]],
        "pagination": {
            "page": page,
            "page_size": page_size,
            "total": len(found),
            "total_pages": -(-len(found) // page_size),
        },
    }


def described(voice: Voice) -> Message:
    """A voice in the fields of both generations of the documents."""
    title = TITLE.fullmatch(voice.name)
    name = title["name"] if title else voice.name
    spelt = title["locale"].replace(", ", " (") + ")" if title else voice.locales[0]
    schema = _schema(voice)
    return {
        "voice_id": voice.id,
        "name": name,
        "display_name": voice.name,
        "gender": voice.gender,
        "category": "premade",
        "description": f"{name} speaks {', '.join(voice.locales)}.",
        "primary_locale": voice.locales[0],
        "is_multilingual": len(voice.locales) > 1,
        "supported_locales": [
            {
                "locale": locale,
                "language": locale.split("-")[0],
                "locale_name": spelt if locale == voice.locales[0] else locale,
                "is_primary": locale == voice.locales[0],
            }
            for locale in voice.locales
        ],
        "labels": {"personalities": list(voice.styles), "scenarios": []},
        "config_schema": schema,
        "language": voice.locales[0].split("-")[0],
        "locale": voice.locales[0],
        "age": AGE,
        "styles": list(voice.styles),
        "voice_config_schema": schema,
    }


def styled(manner: Manner, voice: Voice, config: object) -> Manner:
    """The manner with what ``voice_config`` adds to it. Raises ``Refusal``.

    Members that are not in the voice's schema have no effect (8.1).
    """
    if config is None:
        return manner
    if not isinstance(config, dict):
        raise Refusal("INVALID_REQUEST", "voice_config is an object")
    style, degree = config.get("style"), config.get("degree", 1.0)
    if isinstance(degree, bool) or not isinstance(degree, int | float) or not 0 <= degree <= MOST_DEGREE:
        raise Refusal("INVALID_REQUEST", f"voice_config.degree is a number from 0 to {MOST_DEGREE:g}")
    if style is None or not voice.styles:
        return manner
    if style not in voice.styles:
        raise Refusal("INVALID_REQUEST", f"voice_config.style is one of {', '.join(voice.styles)}")
    added = STYLES[style]
    return Manner(
        speed=manner.speed * added.speed**degree,
        pitch_semitones=manner.pitch_semitones + added.pitch_semitones * degree,
        volume=manner.volume,
    )


def locale_of(voice: Voice, asked: str) -> str:
    """The locale of a voice that is meant by a language, its own by none. Raises ``Refusal``."""
    locale = resolve(asked, voice.locales) if asked else voice.locales[0]
    if locale is None:
        raise Refusal("UNSUPPORTED_LANGUAGE", f"voice {voice.id} does not speak {asked[:35]}")
    return locale


def _schema(voice: Voice) -> Message:
    if not voice.styles:
        return {"type": "object", "properties": {}}
    degree = {"type": "number", "minimum": 0, "maximum": MOST_DEGREE, "default": 1}
    style = {"type": "string", "enum": list(voice.styles)}
    return {"type": "object", "properties": {"style": style, "degree": degree}}


def _is_asked_for(voice: Voice, query: dict[str, str]) -> bool:
    gender = _one_of(query, "gender", GENDERS)
    age = _one_of(query, "age", AGES)
    style = query.get("style", "")
    return (
        _speaks(voice, query.get("language", "").lower())
        and gender in ("", voice.gender)
        and age in ("", AGE)
        and (not style or style in voice.styles)
    )


def _speaks(voice: Voice, asked: str) -> bool:
    """A bare code stands for every locale of the language, a locale for itself."""
    locales = [locale.lower() for locale in voice.locales]
    return not asked or asked in locales or asked in [locale.split("-")[0] for locale in locales]


def _one_of(query: dict[str, str], name: str, known: tuple[Any, ...]) -> str:
    value = query.get(name, "")
    if value and value not in known:
        raise Refusal("INVALID_REQUEST", f"{name} is one of {', '.join(known)}")
    return value


def _whole(query: dict[str, str], name: str, default: int, most: int) -> int:
    value = query.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 8 and 1 <= int(value) <= most):
        raise Refusal("INVALID_REQUEST", f"{name} is a whole number from 1 to {most}")
    return int(value)
