import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.tts import sse
from captions.tts.sse import BadStream, Event, EventReader

STREAM = (
    "\ufeff: a comment\r\n"
    "event: audio_chunk\r\ndata: AAAA\r\n\r\n"
    "data: one\ndata:two\nid: 7\nretry: 10\n\n"
    "event: nothing\n\n"
    "event: completed\rdata: {}\r\r"
    "data: ünï\n\n"
    "data: cut off"
).encode()
EVENTS = [
    Event("audio_chunk", "AAAA"),
    Event("message", "one\ntwo"),
    Event("completed", "{}"),
    Event("message", "ünï"),
]


def test_events_are_read_as_the_standard_says():
    assert EventReader().feed(STREAM) == EVENTS


@given(st.lists(st.integers(1, 9), min_size=1))
def test_it_does_not_matter_where_they_are_cut(sizes):
    reader, found, at = EventReader(), [], 0
    while at < len(STREAM):
        size = sizes[at % len(sizes)]
        found += reader.feed(STREAM[at : at + size])
        at += size
    assert found == EVENTS


@given(st.lists(st.binary()))
def test_nothing_breaks_it(chunks):
    reader = EventReader()
    for chunk in chunks:
        reader.feed(chunk)


@pytest.mark.parametrize(
    "chunk", [b"data: " + b"a" * 100, b"data: " + b"a" * 100 + b"\n"], ids=["line", "lines"]
)
def test_what_does_not_end_is_given_up(monkeypatch, chunk):
    monkeypatch.setattr(sse, "LONGEST_EVENT_CHARACTERS", 1_000)
    reader = EventReader()
    chunks = 20 * [chunk]
    with pytest.raises(BadStream):
        [reader.feed(chunk) for chunk in chunks]


def test_many_short_events_are_no_long_one(monkeypatch):
    monkeypatch.setattr(sse, "LONGEST_EVENT_CHARACTERS", 1_000)
    reader = EventReader()
    for _ in range(100):
        assert reader.feed(b"data: " + b"a" * 100 + b"\n\n")
