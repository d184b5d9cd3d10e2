import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import BadField
from captions.tts.providers import PROVIDERS, checked
from captions.tts.speech import Speech, from_json

GOOD = {
    "provider": "voxnexus",
    "transport": "websocket",
    "text": "Hello.",
    "voice": "vl-xiaoxiao",
    "language": "en-US",
    "options": {"speed": 1.5},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def check(**spoilt):
    return checked(from_json(GOOD | spoilt), most_characters=1000)


def test_defaults_are_filled_in_and_values_kept():
    options = check().options
    assert options["speed"] == 1.5
    assert options["sample_rate_hz"] == 24000
    assert "voice_config" not in options


@pytest.mark.parametrize(
    ("spoilt", "field", "sentence"),
    [
        ({"provider": "nobody"}, "provider", "Choose one of the list"),
        ({"transport": "pigeon"}, "transport", "websocket, rest"),
        ({"text": " \n"}, "text", "Type a text first"),
        ({"text": "x" * 1001}, "text", "has 1001 characters; at most 1000"),
        ({"voice": ""}, "voice", "Choose a voice"),
        ({"options": {"speed": 2.5}}, "speed", "from 0.5 to 2"),
        ({"options": {"speed": "fast"}}, "speed", "a number from 0.5 to 2"),
        ({"options": {"speed": True}}, "speed", "a number"),
        ({"options": {"speed": float("nan")}}, "speed", "a number"),
        ({"options": {"pitch_semitones": 1.5}}, "pitch_semitones", "-12 to 12"),
        ({"options": {"sample_rate_hz": 8000}}, "sample_rate_hz", "16000, 24000, 48000"),
        ({"options": {"format": "mp3"}}, "format", "pcm, wav"),
        ({"options": {"voice_config": "loud"}}, "voice_config", "by their names"),
        ({"options": {"stability": 3}}, "options", "stability"),
    ],
)
def test_what_cannot_be_is_refused_by_field_with_what_would_do(spoilt, field, sentence):
    with pytest.raises(BadField, match=sentence) as caught:
        check(**spoilt)
    assert caught.value.field == field


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_defaults_of_a_provider_are_good(name):
    for option in PROVIDERS[name].options:
        assert option.default is None or option.checked(option.default) == option.default


@given(JSON)
def test_whatever_a_page_sends_is_read_or_refused(body):
    with contextlib.suppress(BadField):
        assert isinstance(from_json(body), Speech)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), JSON))
def test_whatever_is_spoilt_is_taken_or_refused(spoilt):
    with contextlib.suppress(BadField):
        assert check(**spoilt).text.strip()


def test_what_is_kept_is_what_was_read():
    assert from_json(GOOD).as_json() == GOOD
