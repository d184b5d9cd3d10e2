import base64
import json

import pytest

from captions.speechserver.protocol import Close, Drop, Send
from captions.speechserver.speaking.faults import Trouble
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.speaking.tone import ToneEngine
from captions.speechserver.switches import Switches
from captions.speechserver.vendors.voxnexus_talk import Speak, State, TtsProtocol
from captions.speechserver.vendors.voxnexus_voices import Catalogue

CHUNK_BYTES = 6_400
"""200 ms at 16 kHz."""


class Talk:
    """A protocol and what a client says to it."""

    def __init__(self, **switches):
        catalogue = Catalogue(Speaker(ToneEngine()))
        self.protocol = TtsProtocol(catalogue, lambda: Switches().changed(switches), lambda: "req_1")

    def say(self, **message):
        return self.protocol.receive_text(json.dumps(message))

    def begin(self, **fields):
        return self.say(type="init", voice_id="emu-en-us-emma", **fields)

    def texts(self, *pieces):
        """What is to be spoken after each of them; the last is final."""
        actions = []
        for number, piece in enumerate(pieces, 1):
            actions += self.say(type="text", text=piece, is_final=number == len(pieces))
        return [(action.text, action.is_last) for action in actions]


def talk(fields=None, **switches):
    it = Talk(**switches)
    it.begin(**(fields or {}))
    return it


def code_of(actions):
    (action,) = actions
    return action.message["code"]


def audio(actions):
    """Data and mark of each message."""
    return [(base64.b64decode(action.message["data"]), action.message["is_final"]) for action in actions]


def test_ready_tells_what_was_made_of_init():
    (send,) = Talk().begin(language="en", sample_rate=24000)
    assert send.message == {
        "type": "ready",
        "request_id": "req_1",
        "voice_id": "emu-en-us-emma",
        "language": "en-US",
        "format": "wav",
        "sample_rate": 24_000,
    }


def test_an_init_that_cannot_be_met_is_fatal():
    refused, closed = Talk().say(type="init", voice_id="vl-nobody")
    assert (refused.message["code"], refused.message["request_id"]) == ("VOICE_NOT_FOUND", "req_1")
    assert closed == Close(1008)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "text", "text": "Too early."}, "NOT_INITIALIZED"),
        ({"type": "audio"}, "INVALID_MESSAGE"),
        ({"kind": "init"}, "INVALID_MESSAGE"),
    ],
)
def test_what_comes_out_of_turn_is_refused_and_not_fatal(message, code):
    it = Talk()
    assert code_of(it.say(**message)) == code
    assert it.protocol.state is State.WAIT_INIT


@pytest.mark.parametrize("fields", [{"text": 7}, {"is_final": "yes"}])
def test_a_text_of_another_type_is_refused(fields):
    assert code_of(talk().say(type="text", **fields)) == "INVALID_MESSAGE"


def test_a_second_init_is_refused_and_not_fatal():
    it = talk()
    assert code_of(it.begin()) == "ALREADY_INITIALIZED"
    assert it.texts("Hello.") == [("Hello.", True)]


def test_a_binary_message_is_refused():
    assert code_of(talk().protocol.receive_binary()) == "INVALID_MESSAGE"


@pytest.mark.parametrize(
    ("start", "spoken"),
    [
        ("sentence", [("One. ", False), ("Two. ", False), ("And three", True)]),
        ("each", [("One. Tw", False), ("o. And", False), (" three", True)]),
        ("final", [("One. Two. And three", True)]),
    ],
)
def test_speech_starts_when_it_is_set_to(start, spoken):
    assert talk(vn_tts_start=start).texts("One. Tw", "o. And", " three") == spoken


def test_pieces_may_be_joined_by_a_blank():
    assert talk(vn_tts_join="space", vn_tts_start="final").texts("One", "two") == [("One two", True)]
    assert talk(vn_tts_start="final").texts("One", "two") == [("Onetwo", True)]


def test_ssml_is_never_cut():
    it = talk({"ssml": True})
    assert it.texts("<speak>One. ", "Two.</speak>") == [("<speak>One. Two.</speak>", True)]


def test_a_text_that_is_too_long_ends_its_utterance_and_not_the_connection():
    it = talk(vn_tts_start="final")
    it.say(type="text", text="x" * 3000)
    assert code_of(it.say(type="text", text="x" * 2001)) == "TEXT_TOO_LONG"
    assert it.texts("Short.") == [("Short.", True)]


def test_audio_goes_out_in_chunks_and_ends_with_an_empty_one():
    it = talk({"format": "pcm"})
    sent = audio(it.protocol.spoken(bytes(2 * CHUNK_BYTES + 10)) + it.protocol.ended(True))
    assert [(len(data), is_final) for data, is_final in sent] == [
        (CHUNK_BYTES, False),
        (CHUNK_BYTES, False),
        (10, False),
        (0, True),
    ]


@pytest.mark.parametrize("size", [10, CHUNK_BYTES, CHUNK_BYTES + 2])
def test_the_last_chunk_may_have_audio(size):
    it = talk({"format": "pcm"}, vn_tts_final="data")
    sent = audio(it.protocol.spoken(bytes(size)) + it.protocol.ended(True))
    assert [is_final for _, is_final in sent] == [False] * (len(sent) - 1) + [True]
    assert sent[-1][0]
    assert sum(len(data) for data, _ in sent) == size


def test_chunks_go_on_over_the_sentences_of_an_utterance():
    it = talk({"format": "pcm"})
    assert it.protocol.spoken(bytes(100)) == []
    assert it.protocol.ended(False) == []
    assert len(it.protocol.spoken(bytes(CHUNK_BYTES - 100))) == 1


@pytest.mark.parametrize("final", ["empty", "data"])
def test_an_empty_utterance_is_only_its_end(final):
    it = talk(vn_tts_final=final)
    assert audio(it.protocol.ended(True)) == [(b"", True)]


@pytest.mark.parametrize("final", ["empty", "data"])
@pytest.mark.parametrize(
    ("where", "headers"), [("first", [1, 0, 0]), ("each", [1, 1, 1]), ("none", [0, 0, 0])]
)
def test_wav_headers_stand_where_they_are_set_to(where, headers, final):
    it = talk(vn_tts_wav=where, vn_tts_final=final)
    for _ in ("first utterance", "second"):
        sent = audio(it.protocol.spoken(bytes(2 * CHUNK_BYTES + 10)) + it.protocol.ended(True))
        assert [data.startswith(b"RIFF") for data, _ in sent if data] == headers
        assert sum(len(data) for data, _ in sent) == 2 * CHUNK_BYTES + 10 + 44 * sum(headers)


def test_pcm_has_no_headers():
    it = talk({"format": "pcm"}, vn_tts_wav="each")
    assert not audio(it.protocol.spoken(bytes(CHUNK_BYTES)))[0][0].startswith(b"RIFF")


def test_troubles_are_garbage_or_a_break():
    it = talk()
    (garbage,) = it.protocol.troubled(Trouble.GARBLE)
    with pytest.raises(json.JSONDecodeError):
        json.loads(garbage.raw)
    assert it.protocol.troubled(Trouble.DROP) == [Drop()]
    assert it.begin() == []


def test_a_synthesis_that_breaks_off_is_fatal():
    error, closed = talk().protocol.failed()
    assert (error.message["code"], closed) == ("INTERNAL_ERROR", Close(1011))


def test_time_limits_close():
    assert Talk().protocol.expired("init") == [Close(1008)]
    assert talk().protocol.expired("init") == []
    it = talk()
    assert it.protocol.expired("idle") == [Close(1008)]
    assert it.protocol.expired("session") == it.protocol.failed() == it.protocol.receive_binary() == []


@pytest.mark.parametrize(("pong", "answered"), [("none", None), ("pong", "pong"), ("error", "error")])
def test_a_ping_is_answered_as_it_is_set_to(pong, answered):
    actions = talk(pong=pong).say(type="ping")
    assert [action.message["type"] for action in actions] == ([answered] if answered else [])


def test_a_server_that_says_nothing_says_nothing():
    it = Talk(tts_nothing=True)
    assert it.begin() == it.say(type="nonsense") == it.protocol.receive_binary() == []


def test_an_order_goes_with_what_is_to_be_spoken():
    (action,) = talk({"speed": 2.0}).say(type="text", text="Hello", is_final=True)
    assert isinstance(action, Speak)
    assert not isinstance(action, Send)
    assert action.order.manner.speed == 2.0
