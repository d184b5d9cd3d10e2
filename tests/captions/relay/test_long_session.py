"""An hour of one microphone, as fast as it goes: what is held does not grow."""

from __future__ import annotations

import asyncio
import gc
import os

import pytest

from captions.audio import ms_to_samples, samples_to_ms
from tests.captions.relay.running import Recorder, relay
from tests.upstream import Visit, fake_upstream

HOUR_MS = 3_600_000
SENTENCE_MS = 5_000
BREAK_MS = 420_000
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Counter(Recorder):
    """Counts what it is given, and holds nothing of it."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.end_ms = 0

    async def store(self, caption) -> None:
        assert caption.offset_ms == self.end_ms
        assert caption.utterance == self.count + 1
        self.count += 1
        self.end_ms = caption.offset_ms + caption.duration_ms

    def interim(self, caption) -> None:
        pass


async def one_sentence_each_five_seconds(visit: Visit) -> None:
    """And the line breaks now and then, in mid-sentence."""
    await visit.begin()
    said = 0
    while visit.audio_ms < BREAK_MS:
        if (await visit.receive()).get("command") == "flush":
            await visit.finish()
        if visit.audio_ms % 1000 == 0:
            await visit.interim("and so on", said, int(visit.audio_ms) - said)
        if visit.audio_ms >= said + SENTENCE_MS + 600:
            await visit.final(
                "And so on.", said, SENTENCE_MS, words=[{"word": "And", "offset": said, "duration": 90}]
            )
            said += SENTENCE_MS
        visit.pieces.clear()
        visit.messages.clear()
    await visit.drop()


def held() -> tuple[int, int]:
    """Containers alive, and bytes of memory in use."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        resident = int(file.read().split()[1]) * PAGE_BYTES
    return len(gc.get_objects()), resident


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from /proc")
async def test_an_hour_holds_memory_flat():
    sink = Counter()
    second = bytes(range(256)) * 125
    async with (
        asyncio.timeout(110),
        fake_upstream(one_sentence_each_five_seconds) as fake,
        relay(fake.upstream(), sink=sink, stop_timeout_s=5.0) as running,
    ):
        session = running.session
        for now_ms in range(0, HOUR_MS, 1000):
            session.push(ms_to_samples(now_ms), second)
            await fake.until(lambda: session.free_samples > ms_to_samples(85_000))
            if now_ms == 600_000:
                objects, resident = held()
        later_objects, later_resident = held()
        await session.stop()
    assert samples_to_ms(session.samples) == HOUR_MS
    assert running.safe_ms == HOUR_MS
    assert len(fake.visits) >= 8
    assert sink.count >= HOUR_MS // SENTENCE_MS - 10
    # One container a chunk would be 30,000 more; each connection leaves its log and its visit behind.
    assert session._ring.held_samples == 0
    assert later_objects - objects < 3000
    assert later_resident - resident < 8_000_000
