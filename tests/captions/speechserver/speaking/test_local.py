import sys

import pytest

from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.speaking import local
from captions.speechserver.speaking.base import Manner, Voice
from captions.speechserver.speaking.local import EngineUnknown, LocalEngine
from captions.speechserver.speaking.tone import ToneEngine


class Slow(ToneEngine):
    """A second engine, of another rate and with a voice of its own."""

    rate_hz = 12_000
    label = "slow"
    voices = (Voice("emu-en-us-slow", "Slow (English, United States)", ("en-US",), "male"),)


@pytest.fixture
def no_espeak(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)


def test_an_engine_is_found_by_name():
    assert local.build("tone").name == "tone"


def test_an_unknown_name_is_told_with_those_there_are():
    with pytest.raises(EngineUnknown, match=r"There is no engine nope that speaks\. There are: auto"):
        local.build("nope")
    with pytest.raises(EngineUnknown):
        local.speaker("nope")


@pytest.mark.parametrize("name", ["", "auto", "espeak"])
def test_a_missing_library_is_said_and_leaves_a_speaker_that_cannot_speak(no_espeak, name):
    with pytest.raises(EngineUnavailable, match="espeakng-loader is not installed"):
        local.build(name)
    assert "espeakng-loader is not installed" in local.speaker(name).why_not


def test_several_engines_speak_as_one_at_one_rate():
    engine = LocalEngine((ToneEngine(), Slow()))
    assert engine.voices[0].id == "emu-en-us-slow"
    assert len(engine.voices) == len(ToneEngine.voices) + 1
    for voice in engine.voices[:2]:
        pcm = b"".join(engine.speak("x" * 50, voice=voice, language="en-US", manner=Manner()))
        assert len(pcm) == pytest.approx(2 * 3 * engine.rate_hz * (24_000 / voice_rate(voice)), abs=4)
    engine.close()


def voice_rate(voice):
    """The tone counts its samples at its own rate, so the slow engine's speech is twice as long."""
    return 12_000 if voice in Slow.voices else 24_000
