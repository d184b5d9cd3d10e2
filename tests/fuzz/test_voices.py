"""Whatever a service that speaks says: what it means, or that it is garbled; never anything else."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import BadField, FaultKind
from captions.tts.events import Done, Ready, Sound, Unknown
from captions.tts.vendors import vachana_voices, voicemaker_wire, voxnexus_voices
from captions.tts.vendors.vachana_voices import BadCatalogue
from captions.tts.voice_config import check
from captions.tts.voices import Voice
from captions.tts.watch import shown
from captions.tts.wire import Garbled
from captions.tts.wires import HTTP, SOCKETS
from captions.upstream.faults import Fault
from tests.fuzz.effort import effort
from tests.fuzz.made import in_utf8, nearly, odd_bytes, said, values

pytestmark = pytest.mark.timeout(0)

AUDIO = "AAECAw=="
RIGHT = (
    {"type": "ready", "request_id": "r"},
    {"type": "audio", "data": AUDIO, "is_final": True},
    {"type": "error", "error": "no", "code": "RATE_LIMITED"},
    {"error": {"message": "no", "code": "x", "type": "y"}},
    {"success": True, "audio": AUDIO, "isFinal": True},
    {"success": False, "message": "no", "errors": ["because", "so"]},
    {"type": "audio", "data": {"audio": AUDIO, "is_final": True}},
    {"type": "complete", "status": "success"},
    {"status": "error", "detail": [{"msg": "no", "loc": ["body"]}]},
    {"chunk_index": 0, "audio": AUDIO, "is_final": False},
)
VOICE = {
    "voice_id": "v",
    "name": "V",
    "locale": "en-US",
    "gender": "female",
    "supported_locales": [{"locale": "en-US"}, "de-DE"],
    "config_schema": {"properties": {"style": {"enum": ["a"]}}},
    "VoiceId": "v",
    "VoiceWebname": "V",
    "Language": "en-US",
    "LanguageName": "English",
    "VoiceGender": "Female",
    "Engine": "neural",
    "VoiceEffects": ["default"],
}


def meant(readings):
    for reading in readings:
        match reading:
            case Sound(data=data):
                assert isinstance(data, bytes)
            case Fault(kind=kind, message=message):
                assert kind in FaultKind
                assert len(message) <= 400
                assert message.isprintable()
            case Ready() | Done() | Unknown():
                repr(reading)
            case _:
                raise AssertionError(reading)


@effort(300)
@given(st.sampled_from(sorted(SOCKETS)), said(*RIGHT) | odd_bytes)
def test_a_message_means_something_or_is_garbled(provider, message):
    if isinstance(message, str):
        json.dumps(shown(message))
    try:
        meant(SOCKETS[provider].decode(message))
    except Garbled:
        assert isinstance(message, str)


@effort(200)
@given(st.sampled_from(sorted(HTTP)), said(*RIGHT).map(in_utf8) | odd_bytes, st.integers(100, 999))
def test_a_refusal_is_a_fault_whatever_it_is(way, body, status):
    meant([HTTP[way].refusal(body, status)])


@st.composite
def streams(draw):
    """Events, mostly right, cut anywhere."""
    lines = st.sampled_from(["\n", "\n\n", "\r\n\r\n", "data", ": note\n", "event: complete\n", "id: 1\n"])
    events = st.one_of(said(*RIGHT).map(lambda text: f"data: {text}\n\n"), lines)
    whole = in_utf8("".join(draw(st.lists(events, max_size=6)))) + draw(odd_bytes)
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


@effort(200)
@given(st.sampled_from(sorted(HTTP)), streams())
def test_a_stream_means_something_or_is_garbled(way, parts):
    reader = HTTP[way].reader()
    with contextlib.suppress(Garbled):
        for part in parts:
            meant(reader.feed(part))
            for message in reader.shown() or ():
                json.dumps(message.body)
        meant(reader.end())


lists = st.one_of(
    values,
    st.lists(nearly(VOICE) | values, max_size=4),
    st.dictionaries(
        st.sampled_from(["voices", "data", "voices_list", "pagination"]),
        st.lists(nearly(VOICE) | values, max_size=4) | values,
    ),
)


@effort(200)
@given(lists)
def test_a_list_of_voices_has_only_voices_with_ids(body):
    found, pages = voxnexus_voices.read(body)
    for voice in (*found, *voicemaker_wire.voices(body)):
        assert isinstance(voice, Voice)
        assert voice.id
        assert all(
            isinstance(each, str) for each in (*voice.locales, *voice.styles, voice.name, voice.gender)
        )
        json.dumps(voice.schema)
    assert pages >= 1


@effort(200)
@given(st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=90)) | values, max_size=3) | values)
def test_a_catalogue_is_one_or_is_refused(body):
    try:
        catalogue = vachana_voices.parse(body)
    except BadCatalogue:
        return
    assert all(voice.id for voice in vachana_voices.voices(catalogue))


SCHEMA = {
    "type": "object",
    "properties": {"degree": {"type": "number", "minimum": 0, "multipleOf": 0.5}},
    "required": ["degree"],
    "additionalProperties": False,
    "patternProperties": {"^s": {"enum": ["calm"]}},
    "$ref": "#/$defs/more",
    "$defs": {"more": {"maxProperties": 2}},
    "format": "regex",
    "pattern": "a",
    "const": {"degree": 1},
    "multipleOf": 0.1,
}


@effort(300)
@given(
    nearly(SCHEMA) | st.dictionaries(st.sampled_from(sorted(SCHEMA)), values), values | nearly({"degree": 1})
)
def test_settings_are_taken_or_refused_whatever_a_voice_says_of_them(schema, config):
    with contextlib.suppress(BadField):
        check(schema, config)
