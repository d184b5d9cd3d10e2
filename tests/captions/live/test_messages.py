from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.errors import BadChunk, BadMessage, CaptionError, EmbedRefused, HostTaken, NotAllowed, Overrun
from captions.live import messages
from captions.live.messages import Chunk, Since, Start, Stop, parse_chunk, parse_host, parse_viewer

MAX_BYTES = 16_384


def host(**body: object):
    return parse_host(json.dumps(body), max_bytes=MAX_BYTES)


def test_start_takes_a_language():
    assert host(type="start", language="de-CH") == Start(language="de-CH")


def test_start_goes_on_with_a_session():
    assert host(type="start", session="abc") == Start(session="abc")


def test_start_takes_over_only_when_it_says_so():
    assert not host(type="start").take_over
    assert host(type="start", take_over=True).take_over
    assert host(type="start").trace is None
    assert host(type="start", trace="7f3k2mxy").trace == "7f3k2mxy"


def test_a_field_that_is_null_is_not_there():
    assert host(type="start", language=None, session=None) == Start()


def test_fields_we_do_not_know_are_ignored():
    assert host(type="stop", because="lunch") == Stop()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"language": 5},
        {"language": ""},
        {"language": "en\n"},
        {"language": "e" * 40},
        {"language": "<b>"},
        {"session": 5},
        {"session": ""},
        {"session": "x" * 65},
        {"take_over": "yes"},
        {"trace": ""},
        {"trace": "abc"},
        {"trace": 12345678},
        {"trace": "line\nbreak"},
        {"trace": "a" * 65},
        {"session": "s", "new": 1},
        {"new": True},
        {"take_over": 1},
    ],
)
def test_a_start_with_a_spoilt_field_is_refused(spoilt):
    with pytest.raises(BadMessage, match=next(iter(spoilt))):
        host(type="start", **spoilt)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "null",
        "5",
        '"start"',
        "{}",
        '{"type":null}',
        '{"type":{}}',
        '{"type":"start"',
        "[" * 16_000,
        '{"type":"since","version":' + "9" * 5000 + "}",
        '{"type":"' + "x" * 20_000 + '"}',
        '{"type":"' + "ü" * 10_000 + '"}',
        '{"type":"\\ud800"}',
    ],
)
@pytest.mark.parametrize("parse", [parse_host, parse_viewer])
def test_what_is_no_message_of_ours_is_refused_by_name(parse, text):
    with pytest.raises(BadMessage) as caught:
        parse(text, max_bytes=MAX_BYTES)
    assert len(str(caught.value)) < 200
    str(caught.value).encode()


def test_a_viewer_may_not_go_on_the_air():
    with pytest.raises(BadMessage, match="A viewer may say since"):
        parse_viewer('{"type":"start"}', max_bytes=MAX_BYTES)


def test_both_may_ask_what_they_missed():
    assert parse_viewer('{"type":"since","version":7}', max_bytes=MAX_BYTES) == Since(7)
    assert host(type="since", version=0) == Since(0)


@pytest.mark.parametrize("version", [-1, 1.5, True, "7", None, 2**63, [7]])
def test_a_version_is_a_whole_number(version):
    with pytest.raises(BadMessage, match="version"):
        host(type="since", version=version)


@pytest.mark.parametrize(("text", "version"), [(None, None), ("", None), ("0", 0), ("12", 12)])
def test_a_version_in_an_address(text, version):
    assert messages.parse_version(text) == version


@pytest.mark.parametrize("text", ["-1", "1.0", "x", "٣", "1" * 30, "9999999999999999999"])
def test_a_wrong_version_in_an_address_is_refused(text):
    with pytest.raises(BadMessage):
        messages.parse_version(text)


def test_a_chunk_is_an_index_and_its_audio():
    chunk = parse_chunk(b"\x10\x00\x00\x00\x01\x02\x03\x04", max_ms=1000)
    assert chunk == Chunk(16, b"\x01\x02\x03\x04")
    assert chunk.end_sample == 18


def test_an_index_is_unsigned():
    assert parse_chunk(b"\xff\xff\xff\xff\0\0", max_ms=1000).first_sample == 2**32 - 1


def test_a_whole_second_is_taken_and_one_sample_more_is_not():
    assert parse_chunk(bytes(4 + 32_000), max_ms=1000).end_sample == 16_000
    with pytest.raises(BadChunk, match="1000 ms"):
        parse_chunk(bytes(4 + 32_002), max_ms=1000)


@pytest.mark.parametrize("data", [b"", b"\0", bytes(3), bytes(4), bytes(5), bytes(7), bytes(4 + 641)])
def test_odd_and_empty_chunks_are_refused(data):
    with pytest.raises(BadChunk):
        parse_chunk(data, max_ms=1000)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_chunk_or_refused(data):
    try:
        chunk = parse_chunk(data, max_ms=1000)
    except BadChunk:
        return
    assert chunk.first_sample.to_bytes(4, "little") + chunk.pcm == data


@given(st.text(max_size=200))
def test_any_text_is_a_message_or_refused(text):
    try:
        parse_host(text, max_bytes=MAX_BYTES)
    except BadMessage as exc:
        str(exc).encode()


@given(st.text(alphabet=st.characters(), max_size=50))
def test_whatever_is_said_survives_the_wire(text):
    encoded = messages.encode_interim(session="s", utterance=1, text=text, offset_ms=0, language="en")
    encoded.encode()
    assert "\n" not in encoded
    assert json.loads(encoded)["text"] == text


def test_half_a_character_goes_out_escaped():
    messages.encode({"type": "interim", "text": "\ud800"}).encode()


def test_a_hello_is_made_around_a_refill():
    refill = messages.encode_refill(version=7, segments=[{"id": "a"}], more=False)
    hello = json.loads(messages.encode_hello({"slug": "x"}, live=True, now="then", refill=refill))
    assert hello == {
        "type": "hello",
        "room": {"slug": "x"},
        "live": True,
        "now": "then",
        "version": 7,
        "segments": [{"id": "a"}],
    }


def test_changes_say_more_and_removed_only_where_there_is_something_to_say():
    refill = messages.encode_refill(version=7, segments=[], more=True, removed=["s"])
    assert json.loads(messages.encode_changes(refill)) == {
        "type": "changes",
        "version": 7,
        "segments": [],
        "more": True,
        "removed": ["s"],
    }


def test_an_error_has_a_code_a_sentence_and_whether_it_is_the_end():
    assert json.loads(messages.encode_error(NotAllowed())) == {
        "type": "error",
        "code": "room.not_allowed",
        "message": NotAllowed.sentence,
        "fatal": True,
    }


def test_an_error_about_audio_says_where_to_go_on():
    error = json.loads(messages.encode_error(Overrun(), samples=1600))
    assert (error["fatal"], error["samples"]) == (False, 1600)


def test_a_taken_room_names_the_session_that_is_on_the_air():
    assert json.loads(messages.encode_error(HostTaken(session_id="s")))["session"] == "s"


def test_a_refused_embed_names_the_origin_if_it_has_one():
    named = json.loads(messages.encode_error(EmbedRefused("https://a.example")))
    assert named["origin"] == "https://a.example"
    assert "origin" not in json.loads(messages.encode_error(EmbedRefused()))


def test_an_error_without_words_of_its_own_has_its_class_s():
    assert json.loads(messages.encode_error(CaptionError()))["message"] == CaptionError.sentence
