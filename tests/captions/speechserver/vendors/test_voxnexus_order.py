import pytest

from captions.speechserver.protocol import Refusal
from captions.speechserver.speaking.base import Manner
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.speaking.tone import ToneEngine
from captions.speechserver.vendors.voxnexus_order import check_length, parse
from captions.speechserver.vendors.voxnexus_voices import Catalogue

CATALOGUE = Catalogue(Speaker(ToneEngine()))


def order(**fields):
    return parse({"voice_id": "emu-en-us-emma"} | fields, CATALOGUE)


def refused(**fields):
    with pytest.raises(Refusal) as caught:
        order(**fields)
    return caught.value.code


def test_the_shortest_order_has_the_defaults_of_the_contract():
    it = order()
    assert (it.format, it.rate_hz, it.language) == ("wav", 16_000, "en-US")
    assert (it.manner, it.is_ssml) == (Manner(), False)


def test_everything_can_be_asked_for():
    it = order(format="pcm", sample_rate=48000, language="en", speed=2, pitch=-12, volume=0, ssml=True)
    assert (it.format, it.rate_hz, it.language, it.is_ssml) == ("pcm", 48_000, "en-US", True)
    assert it.manner == Manner(2.0, -12.0, 0.0)


def test_a_style_changes_the_manner_by_its_degree():
    cheerful = order(voice_config={"style": "cheerful", "role": "Girl"}).manner
    slightly = order(voice_config={"style": "cheerful", "degree": 0.5}).manner
    assert cheerful.pitch_semitones > slightly.pitch_semitones > 0
    assert cheerful.speed > slightly.speed > 1
    assert order(voice_config={"style": "calm"}).manner.speed < 1
    assert order(voice_config={"style": "calm", "degree": 0}).manner == Manner()


def test_a_style_has_no_effect_on_a_voice_that_has_none():
    assert order(voice_id="emu-en-us-henry", voice_config={"style": "cheerful"}).manner == Manner()


def test_the_voice_of_the_documents_is_spoken_by_one_of_the_engine():
    chinese = order(voice_id="vl-xiaoxiao")
    english = order(voice_id="vl-xiaoxiao", language="en-US")
    assert (chinese.language, chinese.spoken_by.id) == ("zh-CN", "emu-zh-cn-mei")
    assert (english.language, english.spoken_by.id) == ("en-US", "emu-en-us-emma")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"voice_id": ""}, "INVALID_REQUEST"),
        ({"voice_id": 7}, "INVALID_REQUEST"),
        ({"voice_id": "vl-nobody"}, "VOICE_NOT_FOUND"),
        ({"format": "mp3"}, "UNSUPPORTED_FORMAT"),
        ({"sample_rate": 44100}, "UNSUPPORTED_FORMAT"),
        ({"sample_rate": "16000"}, "UNSUPPORTED_FORMAT"),
        ({"sample_rate": []}, "UNSUPPORTED_FORMAT"),
        ({"format": {}}, "UNSUPPORTED_FORMAT"),
        ({"language": "de-DE"}, "UNSUPPORTED_LANGUAGE"),
        ({"language": "!"}, "UNSUPPORTED_LANGUAGE"),
        ({"speed": 0.4}, "INVALID_REQUEST"),
        ({"speed": True}, "INVALID_REQUEST"),
        ({"speed": "1"}, "INVALID_REQUEST"),
        ({"speed": float("nan")}, "INVALID_REQUEST"),
        ({"pitch": 13}, "INVALID_REQUEST"),
        ({"pitch": 0.5}, "INVALID_REQUEST"),
        ({"volume": 1.1}, "INVALID_REQUEST"),
        ({"ssml": "yes"}, "INVALID_REQUEST"),
        ({"voice_config": []}, "INVALID_REQUEST"),
        ({"voice_config": {"style": "furious"}}, "INVALID_REQUEST"),
        ({"voice_config": {"style": []}}, "INVALID_REQUEST"),
        ({"voice_config": {"style": "calm", "degree": 3}}, "INVALID_REQUEST"),
    ],
)
def test_what_cannot_be_had_is_refused(fields, code):
    assert refused(**fields) == code


def test_a_text_has_at_most_five_thousand_characters():
    check_length(5_000)
    with pytest.raises(Refusal) as caught:
        check_length(5_001)
    assert caught.value.code == "TEXT_TOO_LONG"
