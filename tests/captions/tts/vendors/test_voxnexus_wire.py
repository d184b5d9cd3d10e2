import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import FaultKind
from captions.tts.events import Done, Ready, Sound, Unknown
from captions.tts.vendors import voxnexus_wire as voxnexus
from captions.tts.wire import Garbled
from captions.upstream.faults import Fault, close_kind
from tests.captions.tts.running import a_speech

SOCKET = voxnexus.VoxnexusSocket()


def test_init_has_the_settings_by_the_vendors_names():
    speech = a_speech(speed=1.5, pitch_semitones=-2, voice_config={"style": "cheerful"})
    assert json.loads(voxnexus.init(speech)) == {
        "type": "init",
        "voice_id": "vl-xiaoxiao",
        "format": "pcm",
        "sample_rate": 24000,
        "speed": 1.5,
        "pitch": -2,
        "volume": 1.0,
        "voice_config": {"style": "cheerful"},
    }


def test_a_piece_ends_in_a_blank():
    assert json.loads(voxnexus.text("Hi.", is_final=True)) == {
        "type": "text",
        "text": "Hi. ",
        "is_final": True,
    }
    assert json.loads(voxnexus.text("Hi. ", is_final=False))["text"] == "Hi. "


@pytest.mark.parametrize(
    ("message", "readings"),
    [
        ('{"type": "ready", "request_id": "r1"}', (Ready("r1"),)),
        ('{"type": "audio", "data": "AAE=", "is_final": false}', (Sound(b"\0\1"),)),
        ('{"type": "audio", "data": "", "is_final": true}', (Sound(b""), Done())),
        ('{"type": "audio", "is_final": true}', (Sound(b""), Done())),
        ('{"type": "pong"}', (Unknown("pong"),)),
        ('{"more": 1}', (Unknown("None"),)),
        (b"\0\1", (Sound(b"\0\1"),)),
        (
            '{"type": "error", "error": "no voice", "code": "VOICE_NOT_FOUND", "request_id": "r2"}',
            (Fault(FaultKind.CONFIG, "no voice", "VOICE_NOT_FOUND", "r2"),),
        ),
        (
            '{"error": "slow down", "code": "RATE_LIMITED"}',
            (Fault(FaultKind.QUOTA, "slow down", "RATE_LIMITED"),),
        ),
    ],
)
def test_messages_are_read(message, readings):
    assert SOCKET.decode(message) == readings


@pytest.mark.parametrize(
    "message", ["{", "[]", '"x"', '{"type": "audio", "data": 3}', '{"type": "audio", "data": "a"}']
)
def test_what_is_not_of_the_protocol_is_refused(message):
    with pytest.raises(Garbled):
        SOCKET.decode(message)


@given(st.text() | st.binary())
def test_nothing_else_comes_out(message):
    with contextlib.suppress(Garbled):
        assert SOCKET.decode(message)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"", 401, "auth"),
        (b"<html>", 502, "transient"),
        (b'{"error": "no"}', 404, "config"),
        (b"[]", 429, "quota"),
    ],
)
def test_a_refusal_is_read_whatever_its_body(body, status, kind):
    assert voxnexus.read_refusal(body, status).kind == kind


@pytest.mark.parametrize(("code", "kind"), [(1008, "auth"), (4401, "auth"), (1013, "quota"), (1000, None)])
def test_a_close_may_be_a_refusal(code, kind):
    assert close_kind(code) == kind
