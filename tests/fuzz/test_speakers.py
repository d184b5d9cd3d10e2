"""The sockets that only speakers may open: they say anything in any order."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.consumers import talk
from captions.live import speaking
from captions.live.turns import turns
from tests.captions.browsers import Browser, cookie_of
from tests.captions.speakers import a_speech, allow
from tests.captions.speechserver.processes import until
from tests.fuzz.effort import effort
from tests.fuzz.made import odd_bytes, said
from tests.fuzz.test_sockets import assert_is_ours, assert_quiet
from tests.speech import position_pcm

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("process", "speech"),
    pytest.mark.timeout(0),
]

TYPES = {
    "talk": {"ready", "interim", "final", "spend", "stopped"},
    "tts": {*("accepted", "format", "piece", "wire", "timing", "waiting", "warning", "done", "stopped")},
}
PCM = position_pcm(0, 2)
START, STOP = {"type": "start", "language": "en-US"}, {"type": "stop"}
SPEAK = {"type": "speak", "id": 1, "speech": a_speech("Hi."), "keep": False, "trace": True}
GOT, LET_GO = {"type": "got", "id": 1, "bytes": 100}, {"type": "stop", "id": 1}
PLAYED = {"type": "played", "try": "0" * 32, "first_sound_ms": 1.5, "underruns": 0}
no_frame = st.sampled_from([{"text": ""}, {"bytes": b""}, {"text": None, "bytes": None}, {}])
sounds = st.sampled_from([PCM[:3200], PCM[:-1], bytes(3200), b"\0"]) | odd_bytes
talking = (
    st.sampled_from([{"text": json.dumps(START)}, {"text": json.dumps(STOP)}])
    | said(START, STOP).map(lambda text: {"text": text})
    | sounds.map(lambda data: {"bytes": data})
    | no_frame
)
having_spoken = (
    st.integers(1, 9).map(lambda number: {"text": json.dumps({**SPEAK, "id": number})})
    | said(SPEAK, GOT, LET_GO, PLAYED).map(lambda text: {"text": text})
    | odd_bytes.map(lambda data: {"bytes": data})
    | no_frame
)
WAIT = st.just(None)


class Peer(Browser):
    """A speaker's socket, all of whose answers are looked at as they come."""

    def __init__(self, role, **options):
        super().__init__(f"/ws/{role}/", **options)
        self.role = role
        self.is_over = False

    async def say_it(self, step):
        if not self.is_over:
            await self.line.send_input({"type": "websocket.receive", **step})

    def look(self):
        while not self.line.output_queue.empty():
            output = self.line.output_queue.get_nowait()
            if output.get("bytes"):
                assert (self.role, len(output["bytes"]) > 4) == ("tts", True)
            else:
                assert_is_ours(self.role, output, TYPES)
            self.is_over = self.is_over or output["type"] == "websocket.close"


async def conversation(role, script, cookie, caplog):
    caplog.set_level(logging.INFO)
    peer = Peer(role, cookie=cookie)
    await peer.open()
    try:
        for step in script:
            if step is None:
                await asyncio.sleep(0.005)
            else:
                await peer.say_it(step)
            peer.look()
    finally:
        await peer.leave()
    await until(lambda: not speaking._under_way and not talk._talking)
    assert turns.by_provider.total() == 0
    assert_quiet(caplog)


@pytest.fixture
def cookie(transactional_db, ada):
    return cookie_of(allow(ada))


@effort(40)
@given(script=st.lists(talking | WAIT, min_size=1, max_size=12))
async def test_who_talks_is_answered_in_our_own_words(script, caplog, cookie):
    await conversation("talk", script, cookie, caplog)


@effort(40)
@given(script=st.lists(having_spoken | WAIT, min_size=1, max_size=12))
async def test_who_has_something_spoken_is_answered_in_our_own_words(script, caplog, cookie):
    await conversation("tts", script, cookie, caplog)
