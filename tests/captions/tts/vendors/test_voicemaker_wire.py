import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import BadField, FaultKind
from captions.tts.events import Done, Piece, Sound, Unknown
from captions.tts.vendors import voicemaker_wire as voicemaker
from captions.tts.vendors.voicemaker_wire import VoicemakerHttp, VoicemakerSocket
from captions.tts.voices import Voice
from captions.tts.wire import Garbled
from captions.upstream.faults import Fault
from captions.upstream.secret import Secret
from tests.captions.tts.running import a_speech

SOCKET, HTTP = VoicemakerSocket(), VoicemakerHttp()


def speech(**more):
    return a_speech("Boarding starts.", provider="voicemaker", voice="ai3-Aria", language="en-US", **more)


def test_every_request_has_all_of_its_settings_numbers_as_texts():
    [turn] = SOCKET.turns(speech(speed=10, effect="friendly"), ("Boarding starts.",))
    assert turn.piece == Piece(1, 1, "Boarding starts.")
    assert json.loads(turn.messages[0]) == {
        "VoiceId": "ai3-Aria",
        "LanguageCode": "en-US",
        "Text": "Boarding starts.",
        "Engine": "neural",
        "OutputFormat": "wav",
        "SampleRate": "24000",
        "Effect": "friendly",
        "MasterVolume": "0",
        "MasterSpeed": "10",
        "MasterPitch": "0",
        "MasterSettings": "advanced_v1",
    }


def test_a_piece_is_a_request_of_its_own():
    turns = SOCKET.turns(speech(), ("One.", "Two."))
    assert [json.loads(message)["Text"] for turn in turns for message in turn.messages] == ["One.", "Two."]
    assert [(turn.piece.number, turn.piece.of) for turn in turns] == [(1, 2), (2, 2)]


def test_effects_go_over_rest_and_only_with_a_preset():
    asked = speech(transport="rest", voxfx_preset="hall", voxfx_mix=40)
    body = HTTP.body(asked, "Hi.")
    assert body["VoxFx"] == {"presetId": "hall", "dryWet": 40}
    assert body["ResponseType"] == "stream"
    assert "VoxFx" not in HTTP.body(speech(transport="rest", voxfx_mix=40), "Hi.")
    with pytest.raises(BadField):
        speech(voxfx_preset="hall")


@pytest.mark.parametrize("voice", ["ai3-Aria", "pro1-Ana"])
def test_settings_of_the_best_voices_are_theirs_alone(voice):
    asked = {"provider": "voicemaker", "language": "multi-lang"}
    plus = a_speech("Hi.", voice="proplus-Mia", stability=30, accent="en-GB", **asked)
    [turn] = SOCKET.turns(plus, ("Hi.",))
    body = json.loads(turn.messages[0])
    assert (body["Stability"], body["Similarity"], body["ProEngine"]) == ("30", "80", "highres")
    assert body["AccentCode"] == "en-GB"
    with pytest.raises(BadField):
        a_speech("Hi.", voice=voice, stability=30, **asked)


def test_without_a_language_it_says_so():
    with pytest.raises(BadField, match="language"):
        a_speech("Hi.", provider="voicemaker", voice="ai3-Aria")


def test_the_key_is_sent_as_a_bearer():
    assert voicemaker.headers(Secret("k1")) == {"Authorization": "Bearer k1"}
    assert voicemaker.headers(Secret()) == {}


@pytest.mark.parametrize(
    ("message", "readings"),
    [
        ('{"success": true, "audio": "AAE="}', (Sound(b"\0\1"),)),
        ('{"success": true, "audio": "AAE=", "isFinal": true}', (Sound(b"\0\1"), Done())),
        ('{"success": true, "audio": "", "isFinal": true}', (Sound(b""), Done())),
        ('{"success": true, "isFinal": true}', (Sound(b""), Done())),
        ('{"audio": "AAE="}', (Sound(b"\0\1"),)),
        (b"\0\1", (Sound(b"\0\1"),)),
        ('{"more": 1}', (Unknown(),)),
        (
            '{"success": false, "message": "Validation error", "errors": ["VoiceId is required", 3]}',
            (Fault(FaultKind.CONFIG, "Validation error: VoiceId is required"),),
        ),
        (
            '{"success": false, "message": "Concurrent request limit reached"}',
            (Fault(FaultKind.QUOTA, "Concurrent request limit reached"),),
        ),
        ('{"success": false, "message": "Unauthorized"}', (Fault(FaultKind.AUTH, "Unauthorized"),)),
        ('{"success": false}', (Fault(FaultKind.TRANSIENT, ""),)),
    ],
)
def test_messages_are_read(message, readings):
    assert SOCKET.decode(message) == readings


@pytest.mark.parametrize("message", ["{", "[]", '"x"', '{"success": true, "audio": 3}', '{"audio": "a"}'])
def test_what_is_not_of_the_protocol_is_refused(message):
    with pytest.raises(Garbled):
        SOCKET.decode(message)


@given(st.text() | st.binary())
def test_nothing_else_comes_out(message):
    with contextlib.suppress(Garbled):
        assert SOCKET.decode(message)


@pytest.mark.parametrize(
    ("body", "status", "kind", "message"),
    [
        (b'{"success": false, "message": "Unauthorized"}', 401, "auth", "Unauthorized"),
        (b'{"success": false, "message": "No such voice"}', 400, "config", "No such voice"),
        (b'{"success": false, "message": "Quota exceeded"}', 200, "quota", "Quota exceeded"),
        (b"<html>", 502, "transient", ""),
    ],
    ids=["auth", "config", "told-as-success", "no-json"],
)
def test_a_refusal_is_read_whatever_its_body(body, status, kind, message):
    fault = HTTP.refusal(body, status)
    assert (fault.kind, fault.message) == (kind, message)


ITEM = {
    "Engine": "neural",
    "VoiceId": "ai3-Aria",
    "VoiceGender": "Female",
    "VoiceWebname": "Aria",
    "Country": "US",
    "Language": "en-US",
    "LanguageName": "English, US",
    "VoiceEffects": ["default", "friendly", 3],
}
ARIA = Voice(
    provider="voicemaker",
    id="ai3-Aria",
    name="Aria (English, US)",
    locales=("en-US",),
    gender="female",
    category="neural",
    styles=("default", "friendly"),
)


@pytest.mark.parametrize(
    "body",
    [{"success": True, "data": {"voices_list": [ITEM]}}, {"data": [ITEM]}, {"voices_list": [ITEM]}, [ITEM]],
    ids=["documented", "data", "bare", "list"],
)
def test_a_list_of_voices_is_read_in_each_of_its_shapes(body):
    assert voicemaker.voices(body) == (ARIA,)


@pytest.mark.parametrize("body", [None, 3, {"data": 3}, {"data": {"voices_list": {}}}, [3, {}]])
def test_what_is_no_list_has_no_voices(body):
    assert voicemaker.voices(body) == ()
