"""Voicemaker: its catalogue of voices, made from those of the engine, and its effects (5.3, 5.4 and 8.5)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from captions.speechserver.access import Admitted
from captions.speechserver.server import SpeechServer
from captions.speechserver.speaking.base import Gender, Manner, Voice
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.vendors.voicemaker import Refused, keyed, refusal

MULTI = "multi-lang"
EFFECTS = {
    "default": Manner(),
    "whispered": Manner(volume=0.4),
    "happy": Manner(1.1, 2.0),
    "sad": Manner(0.85, -2.0),
    "angry": Manner(1.1, -1.0, 1.3),
    "excited": Manner(1.2, 3.0),
    "friendly": Manner(1.0, 1.0),
}
"""What an effect adds to the manner that was asked for."""
VOXFX = ({"presetId": "hall", "name": "Hall"}, {"presetId": "radio", "name": "Radio"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A voice as the vendor offers it."""

    id: str
    name: str
    language: str
    language_name: str
    gender: Gender
    effects: tuple[str, ...] = ()

    @property
    def is_pro_plus(self) -> bool:
        return self.id.startswith("proplus-")


FIXED = (
    Listed("ai3-Jony", "Jony", "en-US", "English, US", "male", ("default", "happy", "sad")),
    Listed("ai3-Aria", "Aria", "en-US", "English, US", "female", ("default", "friendly", "whispered")),
    Listed("pro1-Ana", "Ana", MULTI, "Multilingual", "female"),
    Listed("proplus-Mia", "Mia", MULTI, "Multilingual", "female"),
)
"""Those that the documents name, and one of each family."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The voices as the vendor offers them."""

    speaker: Speaker

    @property
    def voices(self) -> tuple[Listed, ...]:
        """All of them; without an engine there are none."""
        if not self.speaker.voices:
            return ()
        found = {voice.id: voice for voice in (*map(_listed, self.speaker.voices), *FIXED)}
        return tuple(found.values())

    def find(self, voice_id: str) -> Listed | None:
        """By its id, in capitals as it is listed."""
        return next((voice for voice in self.voices if voice.id == voice_id), None)

    def spoken_by(self, voice: Listed, language: str) -> Voice:
        """The engine's voice that speaks for one of the catalogue."""
        for own in self.speaker.voices:
            if _listed(own).id == voice.id:
                return own
        return self.speaker.find_for("en-US" if language == MULTI else language, voice.gender, voice.id)


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/api/v1/voice/list`` and ``/api/v1/effects/voxfx``."""
    catalogue = Catalogue(server.speaker)

    async def voices(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        try:
            language = _language(await request.text())
        except Refused as refused:
            return refusal(refused)
        found = [described(voice) for voice in catalogue.voices if language in ("", voice.language)]
        return web.json_response({"success": True, "data": {"voices_list": found}})

    async def effects(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        return web.json_response({"success": True, "data": list(VOXFX)})

    return [
        web.post("/api/v1/voice/list", keyed(server, voices)),
        web.get("/api/v1/effects/voxfx", keyed(server, effects)),
    ]


def described(voice: Listed) -> dict[str, Any]:
    """An item of the list; without effects it says nothing of them."""
    item: dict[str, Any] = {
        "Engine": "neural",
        "VoiceId": voice.id,
        "VoiceGender": voice.gender.title(),
        "VoiceWebname": voice.name,
        "Country": voice.language.partition("-")[2],
        "Language": voice.language,
        "LanguageName": voice.language_name,
    }
    return item | ({"VoiceEffects": list(voice.effects)} if voice.effects else {})


def _listed(voice: Voice) -> Listed:
    name, _, spelt = voice.name.partition(" (")
    return Listed(
        id=f"ai3-{voice.id}",
        name=name,
        language=voice.locales[0],
        language_name=spelt.rstrip(")") or voice.locales[0],
        gender=voice.gender,
        effects=("default", "happy", "sad") if voice.styles else (),
    )


def _language(body: str) -> str:
    try:
        fields = json.loads(body or "{}")
    except (ValueError, RecursionError) as exc:
        raise Refused("Invalid JSON") from exc
    language = fields.get("language", "") if isinstance(fields, dict) else None
    if not isinstance(language, str):
        raise Refused("Validation error", ("language must be a string",))
    return language
