"""Which voices there are, and whether a speech can be had of them: asked of providers, and kept a while."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic

import structlog

from captions.conf import conf
from captions.errors import BadField, UpstreamError
from captions.live.shared import Shared
from captions.tts import voice_config
from captions.tts.listing import voices as listed
from captions.tts.providers import NO_PROVIDER, PROVIDERS, checked
from captions.tts.service import Service
from captions.tts.speech import Speech
from captions.tts.voices import Voice
from captions.words import gettext_noop as _

log = structlog.get_logger(__name__)

LOOK_UP_S = 2.0
"""How long a speech waits for a list of voices: it is not worth more, for the provider knows its voices."""
ANOTHERS_VOICE = _(
    "%(voice)s is a voice of %(provider)s. Choose a voice of this provider, or change to that one."
)


@dataclass(slots=True)
class _Kept:
    voices: tuple[Voice, ...]
    until_s: float


_kept: dict[Service, _Kept] = {}
_asking: Shared[Service, tuple[Voice, ...]] = Shared("voices")


async def voices_of(provider: str) -> tuple[Voice, ...]:
    """The voices of a provider, no older than ``conf.tts_voices_fresh_s``.

    Everybody who asks meanwhile waits for one and the same answer. An old list is better than none: what is
    kept is given where the provider does not answer. Raises ``BadField`` for no provider of ours, and what
    :func:`captions.tts.listing.voices` raises.
    """
    if provider not in PROVIDERS:
        raise BadField("provider", NO_PROVIDER)
    service = conf.voice_service(provider)
    kept = _kept.get(service)
    if kept is not None and kept.until_s > monotonic():
        return kept.voices
    try:
        return await _asking.get(service, partial(_ask, service))
    except UpstreamError as exc:
        if kept is None:
            raise
        log.info("voices_stale", provider=provider, error=exc.code)
        return kept.voices


async def find_voice(provider: str, voice_id: str) -> Voice | None:
    """A voice by its id; ``None`` where the provider lists none of it, or does not answer soon.

    Then it may be one that is not listed, such as a cloned one: the provider itself says so.
    """
    try:
        async with asyncio.timeout(LOOK_UP_S):
            found = await voices_of(provider)
    except (UpstreamError, TimeoutError):
        return None
    return next((voice for voice in found if voice.id == voice_id), None)


async def check(speech: Speech) -> Speech:
    """A speech as it is sent, defaults filled in. Raises ``BadField``, which says what would do."""
    voice = await find_voice(speech.provider, speech.voice) if speech.provider in PROVIDERS else None
    if (
        voice is not None
        and voice.locales
        and not speech.language
        and PROVIDERS[speech.provider].needs_language
    ):
        speech = replace(speech, language=voice.locales[0])
    speech = checked(speech, most_characters=conf.tts_text_characters)
    if voice is None:
        _refuse_anothers(speech)
    elif speech.options.get(voice_config.NAME):
        voice_config.check(voice.schema, speech.options[voice_config.NAME])
    return speech


def _refuse_anothers(speech: Speech) -> None:
    for service, kept in _kept.items():
        if service.provider_name != speech.provider and any(v.id == speech.voice for v in kept.voices):
            raise BadField("voice", ANOTHERS_VOICE, voice=speech.voice[:60], provider=service.provider.label)


async def _ask(service: Service) -> tuple[Voice, ...]:
    found = await listed(service)
    _kept[service] = _Kept(found, monotonic() + conf.tts_voices_fresh_s)
    return found


def forget() -> None:
    """Have every provider asked again."""
    _kept.clear()
