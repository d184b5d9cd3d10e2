"""The voices a provider has today."""

from __future__ import annotations

import json
from typing import Any

import httpx

from captions.errors import VoiceGarbled
from captions.tts.http import answer, beginning, connected
from captions.tts.provider import REST
from captions.tts.refusals import refused
from captions.tts.service import Service
from captions.tts.vendors import vachana_voices, voicemaker_wire, voxnexus_voices
from captions.tts.voices import Voice
from captions.tts.wires import HTTP
from captions.upstream.faults import retry_after_s

VOXNEXUS_PATH = "/v1/voices"
PAGE_SIZE = 100
MOST_PAGES = 20


async def voices(service: Service) -> tuple[Voice, ...]:
    """All of them, asked for in the provider's own way.

    Raises ``VoiceRefused``, ``VoiceLost``, ``VoiceSilent``, or ``VoiceGarbled`` for a list that has no voice
    in it, or that breaks off.
    """
    found = await _LISTS[service.provider_name](service)
    if not found:
        raise VoiceGarbled(VoiceGarbled.no_voices, service=service.provider.label)
    return tuple({voice.id: voice for voice in found}.values())


async def _voxnexus(service: Service) -> list[Voice]:
    """Page by page, 20 pages at most (contract, 3.3)."""
    found: list[Voice] = []
    pages = page = 1
    while page <= min(pages, MOST_PAGES):
        query = {"page": page, "page_size": PAGE_SIZE}
        listed, pages = voxnexus_voices.read(await _ask(service, "GET", VOXNEXUS_PATH, params=query))
        found += listed
        page += 1
    return found


async def _voicemaker(service: Service) -> list[Voice]:
    return [*voicemaker_wire.voices(await _ask(service, "POST", voicemaker_wire.VOICES_PATH, json={}))]


async def _vachana(service: Service) -> list[Voice]:
    """It has no list to ask for (contract, 6.3)."""
    return [*vachana_voices.voices(service.catalogue)]


_LISTS = {"voxnexus": _voxnexus, "voicemaker": _voicemaker, "vachana": _vachana}


async def _ask(service: Service, method: str, path: str, **more: Any) -> object:
    wire = HTTP[service.provider_name, REST]
    async with (
        connected(service, wire.headers(service)) as client,
        answer(service, client, client.build_request(method, path, **more)) as response,
    ):
        body = await beginning(service, response, service.max_message_bytes)
    if response.status_code != httpx.codes.OK:
        found = wire.refusal(body, response.status_code)
        raise refused(service, found, retry_after_s(response.headers.get("Retry-After")))
    try:
        listed: object = json.loads(body)
    except (ValueError, RecursionError):
        raise VoiceGarbled(VoiceGarbled.no_voices, service=service.provider.label) from None
    return listed
