from __future__ import annotations

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import BadField, BadMessage, CaptionError, SpeechUsedUp
from captions.live import tts_messages as messages
from captions.live.tts_messages import Got, Played, Speak, Stop
from captions.tts.events import Timing, Waiting, Wire
from tests.captions.speakers import a_speech

MOST = 1024 * 1024
TRY = "6f0a3a2e-7a3f-4b52-9a4e-0d3a6a1f2c11"


def parse(**body):
    return messages.parse(json.dumps(body), max_bytes=MOST)


def test_a_speak_names_its_speech_and_what_is_kept():
    said = parse(type="speak", id=1, speech=a_speech("Hello."))
    assert isinstance(said, Speak)
    assert (said.id, said.speech.text) == (1, "Hello.")
    assert (said.keep, said.keep_audio, said.trace) == (True, False, False)


def test_the_other_messages_name_their_speech():
    assert parse(type="got", id=2**32 - 1, bytes=0) == Got(2**32 - 1, 0)
    assert parse(type="stop", id=1) == Stop(1)


def test_what_a_page_measured_is_taken_to_a_tenth():
    told = {"type": "played", "try": TRY, "first_sound_ms": 81.26, "underruns": 2}
    assert parse(**told) == Played(uuid.UUID(TRY), {"first_sound_ms": 81.3, "underruns": 2})
    assert parse(**told | {"first_sound_ms": None}).measured == {"underruns": 2}


@pytest.mark.parametrize(
    "body",
    [
        {"type": "speak", "speech": {}},
        {"type": "speak", "id": 0, "speech": {}},
        {"type": "speak", "id": 2**32, "speech": {}},
        {"type": "speak", "id": True, "speech": {}},
        {"type": "speak", "id": 1, "speech": {"voice": "v"}, "keep": "yes"},
        {"type": "got", "id": 1, "bytes": -1},
        {"type": "got", "id": 1, "bytes": 1.5},
        {"type": "played", "try": "mine", "underruns": 0},
        {"type": "played", "try": TRY},
        {"type": "played", "try": TRY, "underruns": 0, "first_sound_ms": "1"},
        {"type": "played", "try": TRY, "underruns": 0, "first_sound_ms": -1},
        {"type": "start"},
        {"type": 1},
    ],
)
def test_what_is_no_message_is_refused(body):
    with pytest.raises(BadMessage):
        parse(**body)


def test_what_is_no_speech_is_refused_by_its_field():
    with pytest.raises(BadField) as raised:
        parse(type="speak", id=1, speech=a_speech(voice=["v"]))
    assert raised.value.field == "voice"


@given(st.text(max_size=200) | st.recursive(st.integers() | st.text(), st.lists).map(json.dumps))
def test_whatever_comes_is_a_message_or_refused(text):
    assert messages.id_in(text) is None or isinstance(messages.id_in(text), int)
    with pytest.raises(CaptionError):
        messages.parse(text, max_bytes=MOST)


def test_a_mistake_is_told_of_the_speech_it_was_in():
    assert messages.id_in('{"type":"speak","id":7}') == 7
    assert messages.id_in('{"type":"speak","id":"7"}') is None
    assert messages.id_in("[1]") is None


def test_audio_is_told_apart_by_its_first_four_bytes():
    assert messages.encode_audio(258, b"\5\6") == b"\2\1\0\0\5\6"


def test_a_timing_has_the_names_of_the_protocol():
    told = json.loads(messages.encode_done(1, Timing(connect_ms=2.5), pieces=3, kept=None))
    assert told["try"] is None
    assert told["timing"] == {
        "connect_ms": 2.5,
        "ready_ms": None,
        "first_byte_ms": None,
        "total_ms": None,
        "bytes": 0,
        "audio_ms": None,
        "pieces": 3,
    }


def test_a_wait_says_for_how_long_and_for_whom():
    told = json.loads(messages.encode_waiting(1, Waiting(5.0), service="Vachana"))
    assert told["message"] == "Vachana has no room now. It is asked again in 5 s."
    assert told["message"] == told["template"] % told["values"]


def test_what_went_over_the_wire_says_whether_it_was_cut():
    told = json.loads(messages.encode_wire(1, Wire("out", "text", 1.5, 9000, "{}", True)))
    assert (told["direction"], told["kind"], told["size_bytes"], told["truncated"]) == (
        "out",
        "text",
        9000,
        True,
    )


def test_an_error_of_a_speech_ends_that_speech_alone():
    error = SpeechUsedUp("%(left)s left", left=3)
    told = json.loads(messages.encode_speech_error(error, 7, kept=uuid.UUID(TRY)))
    assert (told["id"], told["fatal"], told["try"], told["message"]) == (7, False, TRY, "3 left")
    told = json.loads(messages.encode_speech_error(BadField("text", "No."), None))
    assert (told["field"], "id" in told) == ("text", False)
