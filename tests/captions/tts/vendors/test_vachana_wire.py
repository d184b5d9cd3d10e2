import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import BadField, FaultKind
from captions.tts.events import Done, Ready, Sound, Unknown
from captions.tts.service import Service
from captions.tts.vendors import vachana_wire as vachana
from captions.tts.vendors.vachana_wire import VachanaEvents, VachanaHttp, VachanaSocket
from captions.tts.wire import Garbled
from captions.upstream.faults import Fault
from captions.upstream.secret import Secret
from tests.captions.tts.running import a_speech

SOCKET = VachanaSocket()
TWO = base64.b64encode(b"\0\1").decode()
DOCUMENTED = f'event: audio_chunk\ndata: {TWO}\n\nevent: completed\ndata: {{"status": "success"}}\n\n'
AS_THE_CLIENT_SAW = (
    'event: start\ndata: {"status": "streaming_started"}\n\n'
    f'event: chunk\ndata: {{"chunk_index": 0, "audio": "{TWO}"}}\n\n'
    'event: complete\ndata: {"chunk_index": 1, "audio": "", "is_final": true}\n\n'
)


def speech(voice="vachana-voice-v1/Sia", **more):
    return a_speech("Namaste.", provider="vachana", voice=voice, **more)


def sent(speech):
    [turn] = SOCKET.turns(speech, (speech.text,))
    return json.loads(turn.messages[0])


def test_a_request_has_every_member_of_its_audio_config():
    assert sent(speech()) == {
        "text": "Namaste.",
        "voice": "Sia",
        "language": "IND-IN",
        "model": "vachana-voice-v1",
        "audio_config": {
            "sample_rate": 24000,
            "num_channels": 1,
            "sample_width": 2,
            "encoding": "linear_pcm",
            "container": "wav",
        },
    }


@pytest.mark.parametrize(
    ("voice", "language", "told"),
    [
        ("vachana-voice-v1/Sia", "hi-IN", "IND-IN"),
        ("vachana-voice-v2/sia", "", "IND-IN"),
        ("vachana-voice-v3/Karan", "hi-IN", None),
        ("timbre-v2.0/Pranav", "hi-IN", None),
        ("timbre-v2.5/Kaveri", "en-IN", "en-IN"),
        ("timbre-v2.5/Kaveri", "", None),
        ("a-newer-one/Asha", "hi-IN", "hi-IN"),
    ],
)
def test_the_language_is_told_as_each_model_takes_it(voice, language, told):
    assert sent(speech(voice, language=language)).get("language") == told


def test_formats_have_their_container_and_only_mp3_a_bit_rate():
    assert sent(speech(format="pcm"))["audio_config"]["container"] == "raw"
    mp3 = sent(speech(format="mp3", bit_rate="96k"))["audio_config"]
    assert (mp3["container"], mp3["bitrate"]) == ("mp3", "96k")
    with pytest.raises(BadField):
        speech(format="wav", bit_rate="96k")


def test_only_the_newest_model_takes_a_speed():
    assert sent(speech("timbre-v2.5/Kaveri", speed=1.1))["speed"] == 1.1
    with pytest.raises(BadField):
        speech(speed=1.1)


def test_the_key_goes_into_a_header():
    service = Service(provider_name="vachana", ws_url="wss://api.vachana.ai/", http_url="", key=Secret("k1"))
    address = SOCKET.address(service)
    assert address.url == "wss://api.vachana.ai/api/v1/tts"
    assert address.headers == {"X-API-Key-ID": "k1", "Content-Type": "application/json"}
    assert "k1" not in repr(address)


@pytest.mark.parametrize(
    ("message", "readings"),
    [
        (b"\0\1", (Sound(b"\0\1"),)),
        ('{"type": "start", "request_id": "r1", "message": "stream opened"}', (Ready("r1"),)),
        (
            f'{{"type": "audio", "data": {{"audio": "{TWO}", "chunk_index": 0, "is_final": false}}}}',
            (Sound(b"\0\1"),),
        ),
        (f'{{"type": "audio", "data": {{"audio": "{TWO}", "is_final": true}}}}', (Sound(b"\0\1"), Done())),
        ('{"type": "complete", "request_id": "r1", "data": null}', (Done(),)),
        (f'{{"type": "complete", "data": {{"audio": "{TWO}"}}}}', (Sound(b"\0\1"), Done())),
        ('{"type": "later"}', (Unknown("later"),)),
        ("hello", (Unknown("text"),)),
        ('{"type": "error", "message": "slow down"}', (Fault(FaultKind.TRANSIENT, "slow down"),)),
        ('{"type": "error"}', (Fault(FaultKind.TRANSIENT, '{"type": "error"}'),)),
        (
            '{"success": false, "error": {"type": "RATE_LIMIT_ERROR", "message": "slow down"}}',
            (Fault(FaultKind.QUOTA, "slow down", "RATE_LIMIT_ERROR"),),
        ),
        (
            '{"detail": {"error_code": "UNAUTHORIZED", "message": "not accepted", "status_code": 401}}',
            (Fault(FaultKind.AUTH, "not accepted", "UNAUTHORIZED"),),
        ),
        ('{"detail": [{"msg": "text is required"}]}', (Fault(FaultKind.CONFIG, "text is required"),)),
    ],
)
def test_messages_of_both_kinds_are_read(message, readings):
    assert SOCKET.decode(message) == readings


def test_a_refused_voice_is_told_with_what_is_served_now():
    [fault] = SOCKET.decode(
        '{"success": false, "error": {"type": "INVALID_REQUEST_ERROR", "message": "unknown voice"}}'
    )
    assert fault.kind is FaultKind.CONFIG
    assert "timbre-v2.0" in fault.message


@pytest.mark.parametrize("message", ["{", '{"type": "audio", "data": {"audio": 3}}', '{"audio": "a"}'])
def test_what_is_not_of_the_protocol_is_refused(message):
    with pytest.raises(Garbled):
        SOCKET.decode(message)


@given(st.text() | st.binary())
def test_nothing_else_comes_out(message):
    with contextlib.suppress(Garbled):
        assert SOCKET.decode(message)


@pytest.mark.parametrize(
    "stream",
    [DOCUMENTED, AS_THE_CLIENT_SAW],
    ids=["docs", "sdk"],
)
def test_events_of_both_vocabularies_are_read(stream):
    readings = VachanaEvents().reader().feed(stream.encode())
    sound = b"".join(reading.data for reading in readings if isinstance(reading, Sound))
    assert sound == b"\0\1"
    assert readings[-1] == Done()


@pytest.mark.parametrize(
    "data", ['{"status": "error", "message": "no"}', '{"error": {"message": "no"}}', '{"error": "no"}']
)
def test_an_error_among_the_events_is_one(data):
    [fault] = VachanaEvents().reader().feed(f"event: error\ndata: {data}\n\n".encode())
    assert (type(fault), fault.message) == (Fault, "no")


def test_an_event_that_is_neither_is_refused():
    with pytest.raises(Garbled):
        VachanaEvents().reader().feed(b"data: what is this?\n\n")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [(b"", 401, "auth"), (b"<html>", 503, "transient"), (b"{}", 429, "quota"), (b"[]", 400, "config")],
)
def test_a_refusal_is_read_whatever_its_body(body, status, kind):
    assert VachanaHttp().refusal(body, status).kind == kind


def test_headers_of_each_way():
    service = Service(provider_name="vachana", ws_url="", http_url="", key=Secret("k1"))
    assert VachanaHttp().headers(service) == {"X-API-Key-ID": "k1"}
    assert VachanaEvents().headers(service)["Accept"] == "text/event-stream"
    assert vachana.headers(Secret()) == {}
