"""The voices a provider has today."""

from __future__ import annotations

import httpx

from captions.errors import CaptionError, VoiceGarbled, VoiceLost
from captions.tts import voxnexus
from captions.tts.refusals import refused
from captions.tts.rest import connected
from captions.tts.service import Service
from captions.tts.voices import Voice, read_voxnexus
from captions.upstream.faults import retry_after_s

PATH = "/v1/voices"
PAGE_SIZE = 100
MOST_PAGES = 20


async def voices(service: Service) -> tuple[Voice, ...]:
    """All of them, page by page, 20 pages at most (contract, 3.3).

    Raises ``VoiceRefused``, ``VoiceLost``, or ``VoiceGarbled`` for a list that has no voice in it.
    """
    found: dict[str, Voice] = {}
    pages = page = 1
    async with connected(service) as client:
        while page <= min(pages, MOST_PAGES):
            listed, pages = read_voxnexus(await _page(service, client, page))
            found |= {voice.id: voice for voice in listed}
            page += 1
    if not found:
        raise VoiceGarbled(VoiceGarbled.no_voices, service=service.provider.label)
    return tuple(found.values())


async def _page(service: Service, client: httpx.AsyncClient, page: int) -> object:
    label = service.provider.label
    error: CaptionError
    try:
        response = await client.get(PATH, params={"page": page, "page_size": PAGE_SIZE})
        if response.status_code == httpx.codes.OK:
            body: object = response.json()
            return body
        found = voxnexus.read_refusal(response.content, response.status_code)
        error = refused(service, found, retry_after_s(response.headers.get("Retry-After")))
    except httpx.HTTPError:
        error = VoiceLost(service=label)
    except (ValueError, RecursionError):
        error = VoiceGarbled(VoiceGarbled.no_voices, service=label)
    raise error  # Here, where nothing hangs on it: the library's frames hold the key.
