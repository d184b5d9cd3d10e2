import pytest

from captions.errors import BadField
from captions.tts import voice_config

SCHEMA = {
    "type": "object",
    "properties": {
        "style": {"type": "string", "enum": ["calm", "cheerful"]},
        "degree": {"type": "number", "minimum": 0, "maximum": 2},
    },
}


@pytest.mark.parametrize("config", [{}, {"style": "calm"}, {"degree": 0.5}, {"role": "Girl"}], ids=str)
def test_what_the_voice_takes_is_taken(config):
    voice_config.check(SCHEMA, config)


@pytest.mark.parametrize(
    ("config", "name"),
    [({"style": "furious"}, "style"), ({"degree": 3}, "degree"), ({"degree": "much"}, "degree")],
    ids=str,
)
def test_what_it_does_not_take_is_named_with_what_it_says(config, name):
    with pytest.raises(BadField) as caught:
        voice_config.check(SCHEMA, config)
    assert caught.value.field == "voice_config"
    assert f": {name}." in str(caught.value)


@pytest.mark.parametrize(
    "schema",
    [None, {}, {"type": 3}, {"$ref": "https://elsewhere.invalid/schema"}, {"$ref": "#"}],
    ids=["none", "empty", "no-schema", "elsewhere", "circle"],
)
def test_a_description_that_cannot_be_used_refuses_nothing(schema):
    voice_config.check(schema, {"style": "furious"})
