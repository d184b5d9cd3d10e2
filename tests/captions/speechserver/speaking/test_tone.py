import array
from itertools import pairwise

import pytest

from captions.speechserver.speaking.base import Manner
from captions.speechserver.speaking.tone import LEVEL, RATE_HZ, VOICES, ToneEngine, pitch_hz

EMMA, HENRY = VOICES[:2]


def tone(text="The doors open", *, voice=EMMA, **manner):
    blocks = ToneEngine().speak(text, voice=voice, language=voice.locales[0], manner=Manner(**manner))
    return b"".join(blocks)


def crossings_hz(pcm):
    samples = array.array("h", pcm)
    rising = sum(a < 0 <= b for a, b in pairwise(samples))
    return rising * RATE_HZ / len(samples)


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_its_length_follows_text_and_speed(speed):
    assert len(tone("x" * 50, speed=speed)) == round(2 * 50 * 60 * RATE_HZ / 1000 / speed)


@pytest.mark.parametrize("volume", [0.0, 0.5, 1.0])
def test_its_level_follows_the_volume(volume):
    assert max(array.array("h", tone(volume=volume))) == pytest.approx(LEVEL * volume, rel=0.01)


def test_a_volume_above_what_fits_is_cut_off():
    assert max(array.array("h", tone(volume=10.0))) == 32_767


def test_its_pitch_follows_voice_and_semitones():
    assert crossings_hz(tone("x" * 100)) == pytest.approx(220, rel=0.02)
    assert crossings_hz(tone("x" * 100, pitch_semitones=12)) == pytest.approx(440, rel=0.02)
    assert len({pitch_hz(voice, Manner()) for voice in VOICES}) == len(VOICES)


def test_the_same_request_gives_the_same_bytes():
    assert tone() == tone()
    assert tone() != tone(voice=HENRY)


def test_no_voice_has_the_id_of_another():
    assert len({voice.id.lower() for voice in VOICES}) == len(VOICES)
    assert all(voice.id.startswith("emu-") for voice in VOICES)
