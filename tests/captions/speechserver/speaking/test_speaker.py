import asyncio
import itertools
import threading
from contextlib import aclosing

import pytest

from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.speaking.base import Manner, SynthesisFailed, VoiceUnknown
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.speaking.tone import VOICES, ToneEngine
from tests.captions.speechserver.processes import until

EMMA = VOICES[0].id


class Endless(ToneEngine):
    """Speaks until it is stopped; counts its blocks."""

    def __init__(self):
        self.blocks = 0
        self.is_closed = threading.Event()

    def speak(self, text, **how):
        try:
            for _ in itertools.count():
                self.blocks += 1
                yield bytes(24_000)
        finally:
            self.is_closed.set()


class Broken(ToneEngine):
    """Breaks off after a block."""

    def speak(self, text, **how):
        yield bytes(960)
        raise OSError("no more memory")


async def spoken(speaker, text="The doors open", **how):
    async with aclosing(speaker.speak(text, **{"voice_id": EMMA, "rate_hz": 24_000} | how)) as pcm:
        return b"".join([piece async for piece in pcm])


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000, 44_100, 48_000])
async def test_audio_comes_at_the_rate_that_is_asked_for(rate_hz):
    pcm = await spoken(Speaker(ToneEngine()), "x" * 50, rate_hz=rate_hz)
    assert len(pcm) == 2 * 3 * rate_hz


async def test_the_manner_reaches_the_engine():
    pcm = await spoken(Speaker(ToneEngine()), "x" * 50, manner=Manner(speed=2.0))
    assert len(pcm) == 3 * 24_000


async def test_pieces_are_whole_samples():
    async with aclosing(Speaker(ToneEngine()).speak("x" * 30, voice_id=EMMA, rate_hz=16_000)) as pcm:
        assert all([len(piece) % 2 == 0 async for piece in pcm])


async def test_a_slow_reader_slows_the_synthesis_down():
    engine = Endless()
    async with aclosing(Speaker(engine).speak("", voice_id=EMMA, rate_hz=24_000)) as pcm:
        await anext(pcm)
        for _ in range(100):
            await asyncio.to_thread(lambda: None)
        assert engine.blocks <= 6


async def test_closing_stops_the_synthesis():
    engine = Endless()
    speaker = Speaker(engine)
    async with aclosing(speaker.speak("", voice_id=EMMA, rate_hz=24_000)) as pcm:
        await anext(pcm)
        assert speaker.speaking == 1
    await asyncio.to_thread(engine.is_closed.wait)
    await until(lambda: not speaker.speaking)


async def test_cancelling_stops_the_synthesis():
    engine = Endless()
    speaker = Speaker(engine)
    task = asyncio.create_task(spoken(speaker))
    await until(lambda: engine.blocks)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not speaker.speaking)


async def test_closing_the_speaker_ends_what_is_spoken():
    engine = Endless()
    speaker = Speaker(engine)
    pcm = speaker.speak("", voice_id=EMMA, rate_hz=24_000)
    await anext(pcm)
    await speaker.close()
    assert engine.is_closed.is_set()
    await pcm.aclose()
    assert speaker.speaking == 0


async def test_several_speak_side_by_side():
    speaker = Speaker(ToneEngine())
    heard = await asyncio.gather(*(spoken(speaker, voice_id=voice.id) for voice in VOICES[:4]))
    assert len({len(pcm) for pcm in heard}) == 1
    assert len(set(heard)) == 4


async def test_an_engine_that_breaks_off_is_told_without_its_words():
    with pytest.raises(SynthesisFailed) as caught:
        await spoken(Speaker(Broken()))
    assert str(caught.value) == "The engine broke off: OSError."


async def test_an_unknown_voice_is_refused():
    with pytest.raises(VoiceUnknown):
        await spoken(Speaker(ToneEngine()), voice_id="emu-nobody")


async def test_without_an_engine_it_says_why():
    speaker = Speaker(None, why_not="It is not installed.")
    assert (speaker.voices, speaker.why_not, speaker.name) == ((), "It is not installed.", "none")
    with pytest.raises(EngineUnavailable, match="It is not installed"):
        await spoken(speaker)
    with pytest.raises(EngineUnavailable, match="It is not installed"):
        speaker.find_for("en-US")
    await speaker.close()


def test_a_voice_is_found_whatever_its_case():
    speaker = Speaker(ToneEngine())
    assert speaker.find("EMU-EN-US-Emma") is VOICES[0]
    assert speaker.find("emma") is None


@pytest.mark.parametrize(
    ("language", "gender", "found"),
    [
        ("de-DE", "male", "emu-de-de-jonas"),
        ("de", "female", "emu-de-de-klara"),
        ("de-CH", "female", "emu-de-de-klara"),
        ("en-gb", "male", "emu-en-gb-grace"),
        ("en-IN", None, "emu-hi-in-asha"),
        ("xx", "male", "emu-en-us-henry"),
    ],
)
def test_a_voice_of_another_catalogue_is_stood_in_for(language, gender, found):
    assert Speaker(ToneEngine()).find_for(language, gender, "anybody").id == found


def test_a_name_is_always_spoken_by_the_same_voice():
    speaker = Speaker(ToneEngine())
    assert speaker.find_for("en-US", None, "Ai1-Joe") is speaker.find_for("en-US", None, "ai1-joe")
    assert len({speaker.find_for("en", None, f"name {number}").id for number in range(20)}) > 1
