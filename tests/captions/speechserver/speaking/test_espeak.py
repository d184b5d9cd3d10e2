import array
import threading
import time
from itertools import islice

import numpy
import pytest

from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.speaking import wav
from captions.speechserver.speaking.base import Manner
from captions.speechserver.speaking.espeak import EspeakEngine
from captions.speechserver.speaking.espeak_voices import LANGUAGES

try:
    ENGINE = EspeakEngine()
except EngineUnavailable as exc:
    pytest.skip(str(exc), allow_module_level=True)

VOICES = {voice.id: voice for voice in ENGINE.voices}
EMMA = VOICES["emu-en-us-emma"]
TEXT = "The doors open at nine. Please wait outside."


def speak(text=TEXT, *, voice=EMMA, ssml=False, **manner):
    return ENGINE.speak(text, voice=voice, language=voice.locales[0], manner=Manner(**manner), ssml=ssml)


def spoken(*arguments, **options):
    return b"".join(speak(*arguments, **options))


def seconds(pcm):
    return len(pcm) / 2 / ENGINE.rate_hz


def loudest(pcm):
    return max(array.array("h", pcm), default=0)


def test_it_speaks_in_blocks_of_sixty_milliseconds():
    blocks = list(speak())
    assert len(blocks) > 20
    assert max(map(seconds, blocks)) <= 0.061
    assert 1.5 < seconds(b"".join(blocks)) < 6


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.locale)
def test_every_language_has_a_voice_of_each_gender_that_says_something(language):
    voices = [voice for voice in ENGINE.voices if voice.locales == (language.locale,)]
    assert {voice.gender for voice in voices} == {"female", "male"}
    assert all(loudest(spoken("12 34", voice=voice)) > 1_000 for voice in voices)


def test_ids_and_names_are_unlike_each_other():
    assert len(VOICES) == len({voice.name for voice in ENGINE.voices}) == len(ENGINE.voices)
    assert all(voice_id.startswith("emu-") and voice_id == voice_id.lower() for voice_id in VOICES)


def test_voices_of_a_language_sound_unlike_each_other():
    voices = [VOICES[f"emu-en-us-{name}"] for name in ("emma", "olivia", "henry", "walter")]
    assert len({spoken(voice=voice) for voice in voices}) == len(voices)


def test_speed_makes_it_shorter():
    assert seconds(spoken(speed=2.0)) < 0.7 * seconds(spoken()) < 0.7 * seconds(spoken(speed=0.6))


def test_volume_makes_it_quieter():
    assert loudest(spoken(volume=0.0)) == 0
    assert loudest(spoken(volume=0.25)) < 0.5 * loudest(spoken())


def test_pitch_is_counted_in_semitones():
    low_hz, high_hz = (pitch_hz(spoken("Ahh", speed=0.5, pitch_semitones=each)) for each in (-6, 6))
    assert high_hz / low_hz == pytest.approx(2, rel=0.25)


def pitch_hz(pcm):
    """Of the middle of a vowel, by the lag at which it is most like itself."""
    sound = numpy.frombuffer(pcm, "<i2").astype(float)
    middle = sound[len(sound) // 2 - 2000 : len(sound) // 2 + 2000]
    likeness = numpy.correlate(middle, middle, "full")[len(middle) - 1 :]
    lags = range(ENGINE.rate_hz // 400, ENGINE.rate_hz // 100)
    return ENGINE.rate_hz / max(lags, key=lambda lag: likeness[lag])


def test_ssml_is_obeyed_where_it_is_said_to_be_ssml():
    marked = '<speak>One<break time="2s"/>two</speak>'
    assert seconds(spoken(marked, ssml=True)) > 1.5 + seconds(spoken("One two"))


def test_ssml_makes_the_process_open_no_file(tmp_path):
    sound = tmp_path / "sound.wav"
    pcm = bytes(5 * 2 * ENGINE.rate_hz)
    sound.write_bytes(wav.header(ENGINE.rate_hz, data_bytes=len(pcm)) + pcm)
    marked = f'<speak>One<audio src="{sound}">two</audio></speak>'
    assert seconds(spoken(marked, ssml=True)) < 2


@pytest.mark.parametrize("text", ["", "   ", "...", "\0", "\ud800", "<not><ssml"])
def test_odd_texts_do_no_harm(text):
    assert seconds(spoken(text)) < 3


def test_the_first_block_comes_long_before_the_last():
    began_s = time.perf_counter()
    blocks = speak(TEXT * 50)
    next(blocks)
    first_s = time.perf_counter() - began_s
    list(blocks)
    assert first_s < 0.5 * (time.perf_counter() - began_s)


def test_closing_stops_it_and_lets_the_next_speak():
    blocks = speak(TEXT * 100)
    assert len(list(islice(blocks, 3))) == 3
    blocks.close()
    assert seconds(spoken()) > 1


def test_two_that_speak_at_once_are_not_mixed_up():
    alone = {name: seconds(spoken("a" + " word" * count)) for name, count in (("short", 5), ("long", 20))}
    lengths = {}

    def say(name, count):
        lengths[name] = seconds(spoken("a" + " word" * count))

    threads = [threading.Thread(target=say, args=each) for each in (("short", 5), ("long", 20))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lengths == {name: pytest.approx(length, rel=0.02) for name, length in alone.items()}


def test_a_slow_reader_does_not_keep_others_from_speaking():
    slow = speak(TEXT)
    next(slow)
    assert seconds(spoken()) > 1
    assert seconds(b"".join(slow)) > 1
