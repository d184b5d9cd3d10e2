"""Messages in and out, all generations of them."""

from __future__ import annotations

import json
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import BadChunk, FaultKind, UpstreamGarbled
from captions.stt.codec import Codec, LlmTransform
from captions.stt.events import Final, Flushed, Interim, LlmDelta, Pong, Ready, Unknown, Word
from captions.upstream.faults import Fault, classify
from captions.upstream.voxnexus import read_error

codec = Codec(model="vn-stt-basic", language="en-US")


def decode(**body):
    return codec.decode(json.dumps(body))


def transcript(**spoil):
    """A good final, until one field is spoiled; ``None`` leaves a field out."""
    body = {
        "type": "transcript",
        "request_id": "req_1",
        "text": "The doors open.",
        "is_final": True,
        "language": "en-US",
        "confidence": 0.9,
        "offset": 120,
        "duration": 900,
        "segment_id": "seg_1",
        "words": [{"word": "The", "offset": 120, "duration": 140, "confidence": 0.97}],
    } | spoil
    return {name: value for name, value in body.items() if value is not None}


# --- what we say ---


def test_init_names_model_language_and_format():
    assert json.loads(codec.init()) == {
        "type": "init",
        "model_id": "vn-stt-basic",
        "language": "en-US",
        "format": "pcm",
        "sample_rate": 16000,
        "enable_timestamps": True,
    }


def test_init_without_a_language_asks_to_detect_it():
    body = json.loads(Codec(model="m", language="").init())
    assert "language" not in body
    assert body["enable_language_detection"] is True


def test_init_with_a_transform_carries_its_keys():
    llm = LlmTransform(prompt="In German.", model_id="gpt-4.1", max_tokens=512, mode="post_flush")
    body = json.loads(Codec(model="m", language="en", llm=llm).init())
    assert {key: body[key] for key in body if "llm" in key} == {
        "enable_llm_transform": True,
        "llm_prompt": "In German.",
        "llm_model_id": "gpt-4.1",
        "llm_max_tokens": 512,
        "llm_mode": "post_flush",
    }


def test_init_leaves_a_transforms_defaults_to_the_upstream():
    body = json.loads(Codec(model="m", language="en", llm=LlmTransform(prompt="x")).init())
    assert not {"llm_model_id", "llm_max_tokens"} & set(body)


@given(st.binary().filter(lambda pcm: len(pcm) % 2 == 0))
def test_audio_is_valid_json_with_the_same_bytes(pcm):
    body = json.loads(codec.audio(pcm))
    assert body["type"] == "audio"
    assert b64decode(body["data"], validate=True) == pcm


def test_half_a_sample_is_not_sent():
    with pytest.raises(BadChunk):
        codec.audio(b"abc")


def test_flush_and_ping_are_what_the_contract_says():
    assert json.loads(codec.flush()) == {"type": "command", "command": "flush"}
    assert json.loads(codec.ping()) == {"type": "ping"}


# --- what the upstream says ---


def test_ready():
    assert decode(type="ready", request_id="req_1", language="en-US") == Ready("req_1", "en-US")


def test_a_final_with_everything():
    assert codec.decode(json.dumps(transcript())) == Final(
        text="The doors open.",
        offset_ms=120,
        duration_ms=900,
        language="en-US",
        confidence=0.9,
        words=(Word("The", 120, 140, 0.97),),
        upstream_ref="seg_1",
    )


def test_an_interim_has_neither_confidence_nor_words():
    assert decode(**transcript(is_final=False)) == Interim("The doors open.", 120, 900, "en-US")


@pytest.mark.parametrize("is_final", [None, False, 0, "true", 1])
def test_only_true_is_final(is_final):
    assert isinstance(decode(**transcript(is_final=is_final)), Interim)


def test_a_final_with_nothing_but_text():
    assert decode(type="transcript", text="Hello.", is_final=True) == Final("Hello.")


def test_a_final_without_text_is_blank():
    assert decode(type="transcript", is_final=True, offset=0, duration=5).text == ""
    assert decode(type="transcript", is_final=True, text=None).text == ""


def test_a_text_that_is_no_text_is_garbled():
    with pytest.raises(UpstreamGarbled):
        decode(**transcript(text=["a"]))


@pytest.mark.parametrize("offset", [-1, "120", True, 1e300, float("inf"), float("nan"), [], 2**70])
def test_a_time_that_is_none_is_missing(offset):
    event = decode(**transcript(offset=offset))
    assert (event.offset_ms, event.duration_ms) == (None, None)


def test_fractions_of_a_millisecond_are_rounded():
    assert decode(**transcript(offset=119.6)).offset_ms == 120


@pytest.mark.parametrize("confidence", [0, 0.0, -1, 1.5, "0.9", True, None])
def test_a_confidence_that_says_nothing_is_unknown(confidence):
    assert decode(**transcript(confidence=confidence)).confidence is None


@pytest.mark.parametrize(
    "words", ["no list", [None, 5, "x"], [{"word": "a"}], [{"offset": 1}], [{"word": " ", "offset": 1}]]
)
def test_words_without_text_or_place_are_left_out(words):
    assert decode(**transcript(words=words)).words == ()


def test_the_oldest_generation_gives_start_and_end():
    event = decode(type="transcript", text="Hi.", is_final=True, start_time_ms=100, end_time_ms=700)
    assert (event.offset_ms, event.duration_ms) == (100, 600)


def test_the_oldest_messages_are_transcripts_too():
    assert decode(type="partial", text="hel") == Interim("hel")
    assert decode(type="final", text="Hello.", language="en", end_time_ms=700) == Final(
        "Hello.", offset_ms=None, duration_ms=700, language="en"
    )


def test_llm_deltas_belong_to_their_sentence():
    assert decode(type="llm", segment_id="seg_1", delta="Die ", is_final=False) == LlmDelta(
        "seg_1", "Die ", False
    )
    assert decode(type="llm", segment_id=7, delta=None, is_final=True) == LlmDelta("7", "", True)


def test_llm_output_of_everything_has_no_reference():
    assert decode(type="llm", segment_id=None, delta="x", is_final=False).upstream_ref == ""


def test_llm_text_replaces_what_was_collected():
    assert decode(type="llm", text="Alles.", delta="s", is_final=True) == LlmDelta(
        "", "Alles.", True, replaces=True
    )


def test_flush_done_and_pong():
    assert decode(type="flush_done", request_id="r") == Flushed("r")
    assert decode(type="pong") == Pong()


@pytest.mark.parametrize(
    "message", ['{"type":"news"}', '{"type":null}', "{}", '{"type":5}', b"\x00\xff", b"RIFF"]
)
def test_what_is_not_known_is_an_event(message):
    assert isinstance(codec.decode(message), Unknown)


@pytest.mark.parametrize("message", ["", "ready", "[1]", '"x"', "null", "{", "[" * 100_000, "1" * 5000])
def test_what_is_no_message_is_garbled(message):
    with pytest.raises(UpstreamGarbled) as caught:
        codec.decode(message)
    assert len(str(caught.value)) < 100
    assert caught.value.retryable


def test_extra_fields_change_nothing():
    assert decode(**transcript(speaker_id=1, extra={"a": []})) == decode(**transcript())


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5)
)
def test_no_value_of_any_field_is_more_than_garbled(value):
    for name in ("text", "offset", "duration", "words", "confidence", "segment_id", "language", "is_final"):
        for kind in ("transcript", "llm", "error", "ready", "flush_done"):
            try:
                codec.decode(json.dumps(transcript() | {name: value, "type": kind}))
            except UpstreamGarbled:
                assert name == "text"


# --- errors ---


def test_an_error_is_classified_by_its_code():
    fault = decode(
        type="error", error="audio format is not supported", code="UNSUPPORTED_FORMAT", request_id="r"
    )
    assert fault == Fault(FaultKind.CONFIG, "audio format is not supported", "UNSUPPORTED_FORMAT", "r")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "e", "message": "m", "code": "C"}, "e"),
        ({"message": "m", "code": "C"}, "m"),
        ({"code": "C"}, "C"),
        ({"error": {"message": "inner", "code": "X"}}, "inner"),
        ({}, ""),
    ],
)
def test_an_errors_text_is_the_first_there_is(body, message):
    assert decode(type="error", **body).message == message


def test_an_error_without_a_type_is_still_an_error():
    assert decode(error="Invalid key", code="UNAUTHORIZED").kind is FaultKind.AUTH


def test_an_errors_text_is_one_short_line():
    message = decode(type="error", error="a\x1b[31m\n b\u202e" + "x" * 5000).message
    assert message.startswith("a [31m b x")
    assert len(message) == 300


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("UNAUTHORIZED", FaultKind.AUTH),
        ("INVALID_API_KEY", FaultKind.AUTH),
        ("invalid-token", FaultKind.AUTH),
        ("FORBIDDEN", FaultKind.AUTH),
        ("RATE_LIMITED", FaultKind.QUOTA),
        ("QUOTA_EXCEEDED", FaultKind.QUOTA),
        ("TOO_MANY_SESSIONS", FaultKind.QUOTA),
        ("INSUFFICIENT_CREDIT", FaultKind.QUOTA),
        ("UNSUPPORTED_FORMAT", FaultKind.CONFIG),
        ("INVALID_SAMPLE_RATE", FaultKind.CONFIG),
        ("INVALID_MAX_TOKENS", FaultKind.CONFIG),
        ("MODEL_NOT_FOUND", FaultKind.CONFIG),
        ("LLM_NOT_ENABLED", FaultKind.CONFIG),
        ("NOT_INITIALIZED", FaultKind.PROTOCOL),
        ("INVALID_AUDIO", FaultKind.PROTOCOL),
        ("INTERNAL_ERROR", FaultKind.TRANSIENT),
        ("", FaultKind.TRANSIENT),
    ],
)
def test_codes_fall_into_classes(code, kind):
    assert classify(code, "") is kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("The API key is wrong", FaultKind.AUTH),
        ("You are not authorized", FaultKind.AUTH),
        ("Too many requests", FaultKind.QUOTA),
        ("the language tlh is not supported", FaultKind.CONFIG),
        ("sample rate must be 16000: invalid", FaultKind.CONFIG),
        ("keyword spotting crashed", FaultKind.TRANSIENT),
        ("something broke", FaultKind.TRANSIENT),
    ],
)
def test_messages_fall_into_classes_by_their_words(message, kind):
    assert classify("", message) is kind


def test_an_internal_error_passes_whatever_it_says():
    assert classify("INTERNAL_ERROR", "token bucket limit") is FaultKind.TRANSIENT


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, FaultKind.AUTH),
        (403, FaultKind.AUTH),
        (429, FaultKind.QUOTA),
        (400, FaultKind.CONFIG),
        (404, FaultKind.CONFIG),
        (302, FaultKind.CONFIG),
        (408, FaultKind.TRANSIENT),
        (500, FaultKind.TRANSIENT),
        (503, FaultKind.TRANSIENT),
    ],
)
def test_an_http_status_decides_before_everything_else(status, kind):
    assert classify("UNAUTHORIZED QUOTA", "invalid", status) is kind


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff", b'"x"'])
def test_a_refusals_body_may_be_anything(body):
    assert read_error(body) is None


def test_a_refusals_body_is_read_where_it_is_the_vendors():
    fault = read_error(b'{"error":"no such key","code":"UNAUTHORIZED"}')
    assert fault is not None
    assert (fault.message, fault.upstream_code) == ("no such key", "UNAUTHORIZED")
