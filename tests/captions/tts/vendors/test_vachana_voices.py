import pytest

from captions.tts.vendors.vachana_voices import CATALOGUE, BadCatalogue, parse, parted, voices


def test_every_generation_is_there_and_every_id_is_its_own():
    found = [voice.id for voice in voices(CATALOGUE)]
    assert len(found) == len(set(found))
    assert found[0] == "vachana-voice-v1/Sia"
    assert {"vachana-voice-v2/sia", "vachana-voice-v3/Karan", "timbre-v2.0/Pranav"} <= set(found)
    assert len([voice for voice in found if voice.startswith("timbre-v2.5/")]) == 42


def test_the_newest_speak_their_own_language_first():
    kavin = next(voice for voice in voices(CATALOGUE) if voice.id == "timbre-v2.5/Kavin")
    assert kavin.locales[0] == "kn-IN"
    assert "auto" in kavin.locales


@pytest.mark.parametrize(
    ("voice_id", "parts"),
    [
        ("timbre-v2.0/Pranav", ("timbre-v2.0", "Pranav")),
        ("a/b/c", ("a/b", "c")),
        ("Kaveri", ("timbre-v2.5", "Kaveri")),
        ("/Kaveri", ("timbre-v2.5", "Kaveri")),
    ],
)
def test_an_id_tells_model_and_name(voice_id, parts):
    assert parted(voice_id) == parts


def test_an_operators_catalogue_is_read():
    assert parse({"m": {"Asha": "hi-IN"}, "n": ["Ravi"]}) == {"m": {"Asha": "hi-IN"}, "n": {"Ravi": ""}}


@pytest.mark.parametrize(
    "found",
    [None, [], {}, "x", {"m": {}}, {"m": []}, {"m": [3]}, {"m": {"a": 3}}, {"": ["a"]}, {"m": ["a" * 81]}],
    ids=str,
)
def test_what_is_none_is_refused(found):
    with pytest.raises(BadCatalogue):
        parse(found)
