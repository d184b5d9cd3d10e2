import array

import pytest

from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.speaking.base import Manner
from captions.speechserver.speaking.flite import FliteEngine

try:
    ENGINE = FliteEngine()
except EngineUnavailable as exc:
    pytest.skip(str(exc), allow_module_level=True)

TEXT = "The doors open at nine. Please wait outside."


def speak(text=TEXT, *, voice=ENGINE.voices[0], ssml=False, **manner):
    return ENGINE.speak(text, voice=voice, language="en-US", manner=Manner(**manner), ssml=ssml)


def spoken(*arguments, **options):
    return b"".join(speak(*arguments, **options))


def test_every_voice_speaks_in_short_blocks():
    for voice in ENGINE.voices:
        blocks = list(speak(voice=voice))
        assert 1.5 < len(b"".join(blocks)) / 2 / ENGINE.rate_hz < 8
        assert max(map(len, blocks)) / 2 / ENGINE.rate_hz < 0.1


def test_speed_and_volume_are_followed():
    assert len(spoken(speed=2.0)) == pytest.approx(len(spoken()) / 2, rel=0.05)
    assert max(array.array("h", spoken(volume=0.5))) < 0.6 * max(array.array("h", spoken()))


def test_markup_is_not_read_out():
    assert len(spoken(f"<speak>{TEXT}</speak>", ssml=True)) == pytest.approx(len(spoken()), rel=0.1)


def test_closing_stops_it_and_lets_the_next_speak():
    blocks = speak(TEXT * 20)
    next(blocks)
    blocks.close()
    assert len(spoken()) > ENGINE.rate_hz
