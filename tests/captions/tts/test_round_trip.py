"""What one provider after the other speaks is understood by the local engine that listens."""

from __future__ import annotations

import httpx
import pytest

from captions.speechserver.app import SpeechServer, listening
from captions.speechserver.engines.registry import EngineChoice
from captions.speechserver.pool import Pool
from captions.speechserver.speaking.espeak import EspeakEngine
from captions.speechserver.speaking.speaker import Speaker
from captions.tts import wav
from captions.tts.listing import voices
from captions.tts.providers import PROVIDERS
from tests.captions.tts.running import a_service, a_speech, spoken

TEXT = "He went to the house and opened the door."
WORDS = {"he", "went", "to", "the", "house", "and", "opened", "door"}
WAYS = [(provider, way) for provider in PROVIDERS for way in PROVIDERS[provider].transports]


@pytest.fixture
async def url():
    server = SpeechServer(Pool(EngineChoice("pocketsphinx")), speaker=Speaker(EspeakEngine()))
    async with listening(server) as port:
        yield f"http://127.0.0.1:{port}"


async def understood(url: str, pcm: bytes, rate_hz: int) -> set[str]:
    async with httpx.AsyncClient(headers={"X-Api-Key": "emu-key"}, trust_env=False, timeout=60) as http:
        answer = await http.post(
            f"{url}/v1/stt",
            params={"model_id": "vn-stt-basic", "sample_rate": rate_hz, "language": "en-US"},
            content=wav.header(rate_hz, data_bytes=len(pcm)) + pcm,
            headers={"Content-Type": "audio/wav"},
        )
    assert answer.status_code == 200, answer.text
    return set(answer.json()["text"].lower().strip(".").split())


async def test_a_spoken_sentence_is_understood_whoever_spoke_it_over_whatever(url):
    # One server for all: to load what listens takes longer than to hear all of them.
    found = {f"{provider} {way}": await words_of(url, provider, way) for provider, way in WAYS}
    assert {way: words for way, words in found.items() if len(words & WORDS) < 5} == {}


async def words_of(url: str, provider: str, way: str) -> set[str]:
    service = a_service(url, provider=provider, first_byte_timeout_s=20)
    # Vachana has no voice of American English, which is what is listened for.
    wanted = "en-IN" if provider == "vachana" else "en-US"
    voice = next(each for each in await voices(service) if wanted in each.locales[:1])
    speech = a_speech(TEXT, way, provider=provider, voice=voice.id, language=wanted)
    heard = await spoken(service, speech)
    return await understood(url, heard.pcm, heard.formats[0].rate_hz)
