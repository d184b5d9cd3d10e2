from hypothesis import given

from captions.tts.vendors.voxnexus_voices import read as read_voxnexus
from captions.tts.voices import Voice
from tests.captions.tts.test_providers import JSON

NEWER = {
    "voice_id": "vl-demo",
    "name": "Demo",
    "display_name": "Demo (calm)",
    "gender": "Female",
    "category": "premade",
    "primary_locale": "de-DE",
    "supported_locales": [{"locale": "en-US"}, {"locale": "de-DE"}, {"language": "fr"}],
    "config_schema": {"properties": {"style": {"enum": ["calm", "cheerful"]}}},
}
OLDER = {
    "voice_id": "vl-demo",
    "name": "Demo",
    "language": "en",
    "locale": "en-GB",
    "gender": "male",
    "age": "adult",
    "styles": ["calm"],
}


def test_the_newer_shape_is_read():
    (voice,), pages = read_voxnexus({"voices": [NEWER], "pagination": {"total_pages": 4}})
    assert pages == 4
    assert voice == Voice(
        provider="voxnexus",
        id="vl-demo",
        name="Demo (calm)",
        locales=("de-DE", "en-US", "fr"),
        gender="female",
        category="premade",
        styles=("calm", "cheerful"),
        schema=NEWER["config_schema"],
    )


def test_the_older_shape_is_read():
    (voice,), _ = read_voxnexus([OLDER])
    assert (voice.locales, voice.styles, voice.age, voice.name) == (("en-GB",), ("calm",), "adult", "Demo")


def test_a_list_may_be_bare_or_under_data():
    assert read_voxnexus([OLDER]) == read_voxnexus({"data": [OLDER]}) == read_voxnexus({"voices": [OLDER]})


@given(JSON)
def test_whatever_is_listed_is_read(body):
    voices, pages = read_voxnexus(body)
    assert all(voice.id and voice.name for voice in voices)
    assert pages >= 1
