import base64
import itertools
import json

import pytest

from captions.speechserver.engines.base import Transcript, Word
from captions.speechserver.protocol import (
    Close,
    Drop,
    Feed,
    Finish,
    OpenRecogniser,
    Send,
    Server,
    State,
    SttProtocol,
)
from captions.speechserver.switches import Switches

INIT = {"type": "init", "model_id": "vn-stt-basic", "language": "en", "format": "pcm", "sample_rate": 16000}
FINAL = Transcript(
    "hi there", True, 1000, 500, 0.91, (Word("hi", 1000, 200, 0.9), Word("there", 1200, 300, 0.92))
)
INTERIM = Transcript("hi", False, 1000, 200)


class Wire:
    """A protocol with a client's and a recogniser's hands on it."""

    def __init__(self, *, may_transform=True, languages=("en-US",), **switches):
        self.switches = Switches().changed(switches)
        ids = itertools.count(1)
        server = Server(
            switches=lambda: self.switches,
            languages=languages,
            engine="testing",
            next_request_id=lambda: f"req_emu_{next(ids):06d}",
        )
        self.protocol = SttProtocol(server, may_transform=may_transform)

    def says(self, message, **more):
        return self.protocol.receive_text(message if isinstance(message, str) else json.dumps(message | more))

    def audio(self, duration_ms):
        return self.says({"type": "audio", "data": base64.b64encode(bytes(32 * duration_ms)).decode()})

    def flush(self):
        return self.says({"type": "command", "command": "flush"})


def ready(**switches):
    wire = Wire(**switches)
    wire.says(INIT, enable_timestamps=True)
    wire.protocol.opened()
    return wire


def messages(actions):
    return [action.message for action in actions if isinstance(action, Send)]


def refusal(actions):
    """Code of the error, and the close code behind it, 0 for none."""
    first, *rest = actions
    assert first.message["type"] == "error"
    return first.message["code"], rest[0].code if rest else 0


def test_init_asks_for_a_recogniser_and_ready_comes_when_there_is_one():
    wire = Wire()
    assert wire.says(INIT) == [OpenRecogniser("en-US")]
    assert messages(wire.protocol.opened()) == [
        {
            "type": "ready",
            "request_id": "req_emu_000001",
            "language": "en-US",
            "format": "pcm",
            "sample_rate": 16000,
        }
    ]


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        ({"format": "mp3"}, "UNSUPPORTED_FORMAT"),
        ({"sample_rate": 8000}, "UNSUPPORTED_FORMAT"),
        ({"model_id": "vn-stt-mega"}, "MODEL_NOT_FOUND"),
        ({"model_id": ["vn-stt-basic"]}, "MODEL_NOT_FOUND"),
        ({"language": "de-DE"}, "UNSUPPORTED_LANGUAGE"),
        ({"language": 7}, "INVALID_REQUEST"),
        ({"enable_llm_transform": True}, "INVALID_REQUEST"),
        ({"enable_llm_transform": True, "llm_prompt": "x", "llm_mode": "both"}, "INVALID_REQUEST"),
        ({"enable_llm_transform": True, "llm_prompt": "x", "llm_max_tokens": 0}, "INVALID_REQUEST"),
        ({"enable_llm_transform": True, "llm_prompt": "x", "llm_max_tokens": True}, "INVALID_REQUEST"),
    ],
)
def test_an_init_that_cannot_be_served_is_refused_before_ready(spoiled, code):
    wire = Wire()
    assert refusal(wire.says(INIT, **spoiled)) == (code, 1008)
    assert wire.says(INIT) == []


def test_a_language_the_engine_lacks_is_named():
    error = Wire().says(INIT, language="de-DE")[0].message["error"]
    assert "de-DE" in error
    assert "testing" in error


def test_the_model_may_be_left_out_unless_the_switch_says_no():
    without = {key: value for key, value in INIT.items() if key != "model_id"}
    assert Wire().says(without) == [OpenRecogniser("en-US")]
    assert refusal(Wire(model_required=True).says(without)) == ("INVALID_REQUEST", 1008)
    assert Wire(model_required=True).says(without, model="vn-stt-ultra") == [OpenRecogniser("en-US")]


def test_no_free_recogniser_is_a_matter_of_quota():
    wire = Wire()
    wire.says(INIT)
    code, close_code = refusal(wire.protocol.exhausted(4))
    assert "LIMIT" in code
    assert not {"AUTH", "KEY", "TOKEN", "FORBIDDEN", "PERMISSION"} & set(code.split("_"))
    assert close_code == 1013


@pytest.mark.parametrize("message", [{"type": "audio", "data": ""}, {"type": "command", "command": "flush"}])
def test_nothing_comes_before_init(message):
    assert refusal(Wire().says(message)) == ("NOT_INITIALIZED", 0)


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "{}", '{"type": 1}', '{"type": "x"}', "[" * 100_000])
def test_what_is_no_message_is_refused_and_the_connection_stays(text):
    wire = ready()
    assert refusal(wire.says(text)) == ("INVALID_MESSAGE", 0)
    assert wire.audio(20) == [Feed(bytes(640))]


def test_binary_messages_are_not_part_of_it():
    assert refusal(ready().protocol.receive_binary()) == ("INVALID_MESSAGE", 0)


def test_a_second_init_is_refused_and_the_connection_stays():
    assert refusal(ready().says(INIT)) == ("ALREADY_INITIALIZED", 0)


@pytest.mark.parametrize("data", ["A", "AAA=A", "ÄÄÄÄ", "AA==", 7, None])
def test_audio_that_is_not_base64_of_whole_samples_is_dropped(data):
    assert refusal(ready().says({"type": "audio", "data": data})) == ("INVALID_AUDIO", 0)


def test_unknown_commands_are_refused():
    assert refusal(ready().says({"type": "command", "command": "stop"})) == ("INVALID_MESSAGE", 0)


@pytest.mark.parametrize(("pong", "answer"), [("none", []), ("pong", ["pong"]), ("error", ["error"])])
def test_a_ping_is_answered_as_the_switch_says(pong, answer):
    assert [message["type"] for message in messages(ready(pong=pong).says({"type": "ping"}))] == answer


def test_a_final_carries_words_and_confidence_and_an_interim_neither():
    interim, final = messages(ready().protocol.heard([INTERIM, FINAL], 24_000))
    assert interim == {
        "type": "transcript",
        "request_id": "req_emu_000001",
        "text": "hi",
        "is_final": False,
        "language": "en-US",
        "offset": 1000,
        "duration": 200,
    }
    assert final["confidence"] == 0.91
    assert final["words"][1] == {"word": "there", "offset": 1200, "duration": 300, "confidence": 0.92}


def test_words_come_only_where_they_were_asked_for():
    wire = Wire()
    wire.says(INIT)
    wire.protocol.opened()
    assert "words" not in messages(wire.protocol.heard([FINAL], 24_000))[0]


@pytest.mark.parametrize(("how", "offset"), [("restart", 200), ("continue", 1000)])
def test_offsets_after_a_flush_follow_the_switch(how, offset):
    wire = ready(offsets_after_flush=how)
    wire.audio(800)
    assert wire.flush() == [Finish()]
    assert [message["type"] for message in messages(wire.protocol.finished([]))] == ["flush_done"]
    final = messages(wire.protocol.heard([FINAL], 24_000))[0]
    assert final["offset"] == offset
    assert final["words"][0]["offset"] == offset


def test_transcripts_of_a_flush_still_count_from_before_it():
    wire = ready()
    wire.audio(2000)
    wire.flush()
    final, done = messages(wire.protocol.finished([FINAL]))
    assert (final["offset"], done["type"]) == (1000, "flush_done")


def test_the_switches_change_what_a_transcript_looks_like():
    def first(transcript, **switches):
        return messages(ready(**switches).protocol.heard([transcript], 0))[0]

    assert first(FINAL, word_offsets="relative")["words"][1]["offset"] == 200
    assert first(FINAL, language_field="code")["language"] == "en"
    assert "language" not in first(FINAL, language_field="absent")
    assert first(INTERIM, interim_extras="zero_confidence")["confidence"] == 0
    assert "offset" not in first(INTERIM, interim_extras="no_offsets")
    assert first(FINAL, shape="old")["end_time_ms"] == 1500
    assert first(FINAL, shape="old")["words"][1]["start_time_ms"] == 1200
    legacy = first(FINAL, shape="legacy_messages")
    assert (legacy["type"], legacy["end_time_ms"]) == ("final", 1500)
    assert first(INTERIM, shape="legacy_messages")["type"] == "partial"


def test_the_oldest_shape_takes_end_for_a_flush():
    assert ready(shape="legacy_messages").says({"type": "end"}) == [Finish()]
    assert refusal(ready().says({"type": "end"})) == ("INVALID_MESSAGE", 0)


def test_request_ids_may_change_with_each_recognition():
    wire = ready(request_id="per_recognition")
    wire.flush()
    assert messages(wire.protocol.finished([]))[0]["request_id"] == "req_emu_000001"
    assert messages(wire.protocol.heard([FINAL], 0))[0]["request_id"] == "req_emu_000002"


def test_with_a_transform_finals_have_ids_and_their_texts_follow():
    wire = Wire()
    wire.says(INIT, enable_llm_transform=True, llm_prompt="tidy up")
    wire.protocol.opened()
    final, *deltas = messages(wire.protocol.heard([FINAL], 0))
    assert final["segment_id"] == "seg_0001"
    assert {delta["segment_id"] for delta in deltas} == {"seg_0001"}
    assert "".join(delta["delta"] for delta in deltas) == "Hi there."


def test_the_additional_pass_is_asked_for_by_names_from_a_switch():
    wire = Wire(full_pass_params="whole,whole_prompt")
    asked = {"enable_llm_transform": True, "llm_prompt": "x", "whole": True, "whole_prompt": "in Dutch"}
    wire.says(INIT, **asked)
    wire.protocol.opened()
    wire.protocol.heard([FINAL], 0)
    wire.flush()
    done, *whole = messages(wire.protocol.finished([]))
    assert done["type"] == "flush_done"
    assert "".join(delta["delta"] for delta in whole) == "[Dutch] Hi there."


def test_a_key_without_transform_is_refused_or_quietly_served_without():
    asked = {"enable_llm_transform": True, "llm_prompt": "x"}
    refused = Wire(may_transform=False)
    assert refusal(refused.says(INIT, **asked)) == ("LLM_NOT_ENABLED", 1008)
    quiet = Wire(may_transform=False, llm_refusal="silent")
    assert quiet.says(INIT, **asked) == [OpenRecogniser("en-US")]
    quiet.protocol.opened()
    assert "segment_id" not in messages(quiet.protocol.heard([FINAL], 0))[0]


def test_a_drop_strikes_at_its_millisecond_and_after_what_was_heard_until_then():
    wire = ready(drop_after_ms=250)
    assert wire.audio(200) == [Feed(bytes(6400))]
    assert wire.audio(200) == [Feed(bytes(1600))]
    assert wire.audio(200) == []
    assert not any(isinstance(action, Drop) for action in wire.protocol.heard([], 3200))
    said, dropped = wire.protocol.heard([FINAL], 4000)
    assert said.message["text"] == "hi there"
    assert dropped == Drop()
    assert wire.protocol.failed() == []


def test_an_error_of_the_service_is_said_and_closes():
    wire = ready(error_after_ms=100)
    wire.audio(300)
    assert refusal(wire.protocol.heard([], 1600)) == ("INTERNAL_ERROR", 1011)


def test_garbage_is_sent_once():
    wire = ready(garble_after_ms=150)
    assert len(wire.audio(100)) == 1
    _, garbage = wire.audio(100)
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(garbage.raw)
    assert len(wire.audio(100)) == 1


def test_a_stalled_server_takes_everything_and_says_nothing():
    wire = ready(stall_after_ms=100)
    wire.audio(100)
    assert wire.protocol.heard([FINAL], 1600) == []
    assert wire.says("{") == []
    assert wire.audio(100) == [Feed(bytes(3200))]


def test_a_lost_recogniser_is_an_error_and_closes():
    wire = ready()
    assert refusal(wire.protocol.failed()) == ("INTERNAL_ERROR", 1011)
    assert wire.audio(100) == []


def test_ready_and_flush_done_can_be_left_out():
    silent = Wire(no_ready=True)
    assert silent.says(INIT) == []
    assert silent.audio(100) == []
    wire = ready(no_flush_done=True)
    wire.flush()
    assert wire.protocol.finished([]) == []


def test_init_can_be_answered_by_an_error_a_close_code_or_both():
    both = Wire(init_error="QUOTA_EXCEEDED", init_close=1013)
    assert refusal(both.says(INIT)) == ("QUOTA_EXCEEDED", 1013)
    assert Wire(init_close=4001).says(INIT) == [Close(4001)]


def test_time_limits_close_with_1008():
    assert Wire().protocol.expired("init") == [Close(1008)]
    wire = ready()
    assert wire.protocol.expired("init") == []
    assert wire.protocol.expired("idle") == [Close(1008)]
    assert wire.protocol.state is State.OVER
