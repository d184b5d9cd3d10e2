"""A speech as a file, against the local speech server."""

from __future__ import annotations

import asyncio

import pytest

from captions.live import speaking, voices
from captions.live.speaking import Order
from captions.live.whole import whole
from captions.services.speakers import Speaker
from captions.tts.speech import from_json
from tests.captions.browsers import cookie_of
from tests.captions.speakers import LONG, TEXT, a_speech, allow
from tests.captions.speechserver.processes import until

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def speaker(ada):
    voices.forget()
    return Speaker(allow(ada).pk, cookie_of(ada).partition("=")[2])


def order(speaker, text):
    return Order(speech=from_json(a_speech(text)), speaker=speaker, keep=False)


async def test_it_has_a_header_and_all_of_the_sound(speech, speaker):
    made = await whole(order(speaker, TEXT))
    assert made.media_type == "audio/wav"
    assert made.data[:4] == b"RIFF"
    assert int.from_bytes(made.data[40:44], "little") == len(made.data) - 44 > 0
    assert not speaking._under_way


async def test_nothing_is_spoken_for_somebody_who_does_not_wait(speech, speaker):
    speech.configure(EMU_TTS_PACE=1)
    waiting = asyncio.create_task(whole(order(speaker, LONG)))
    await until(lambda: speech.server.speaker.speaking)
    waiting.cancel()
    await asyncio.wait([waiting])
    # Well before the longest silence that a listener is allowed.
    await until(lambda: not speaking._under_way)
    await until(lambda: not speech.server.speaker.speaking)
