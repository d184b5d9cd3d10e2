from queue import SimpleQueue

import pytest

from captions.speechserver.conversation import (
    HEADER,
    Audio,
    End,
    Failed,
    Flush,
    Flushed,
    Heard,
    Open,
    Opened,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
    serve,
)
from captions.speechserver.engines.base import Transcript, Word

FINAL = Transcript("hi", True, 0, 100, None, (Word("hi", 0, 100),))


class Engine:
    """Notes what it is fed; raises when told to."""

    def __init__(self):
        self.fed = []
        self.is_closed = False

    def open(self, *, language, sample_rate_hz):
        if language == "xx":
            raise ValueError("no such thing said")
        return self

    def feed(self, pcm):
        self.fed.append(len(pcm))
        return []

    def flush(self):
        return [FINAL]

    def close(self):
        self.is_closed = True


def served(engine, *requests):
    queue = SimpleQueue()
    for request in requests:
        queue.put(request)
    replies = []
    serve(engine, queue, replies.append)
    return replies


def test_a_session_is_opened_fed_flushed_and_closed():
    engine = Engine()
    opened, heard, flushed = served(engine, Open("en"), Audio(bytes(320)), Flush(), End())
    assert isinstance(opened, Opened)
    assert heard == Heard((), 160)
    assert flushed == Flushed((FINAL,))
    assert engine.is_closed


def test_audio_that_piled_up_is_fed_at_once_but_never_over_a_flush():
    engine = Engine()
    piled = [Audio(bytes(3200))] * 4
    served(engine, Open("en"), *piled, Flush(), Audio(bytes(3200)), End())
    assert engine.fed == [12_800, 3200]


def test_catching_up_goes_in_pieces_of_a_second():
    engine = Engine()
    served(engine, Open("en"), *[Audio(bytes(3200))] * 25, End())
    assert engine.fed == [32_000, 32_000, 16_000]


def test_an_engine_that_raises_ends_the_session_without_its_words():
    _, _, failed = served(Engine(), Open("en"), Flush(), Open("xx"), Flush())
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("ValueError at test_conversation.py:")
    assert "said" not in failed.reason


@pytest.mark.parametrize("request_", [Open("en-US"), Audio(b"\x01\x02"), Flush(), End()])
def test_requests_survive_the_pipe(request_):
    frame = encode_request(request_)
    kind, size = HEADER.unpack(frame[: HEADER.size])
    assert size == len(frame) - HEADER.size
    assert decode_request(kind, frame[HEADER.size :]) == request_


@pytest.mark.parametrize("reply", [Opened(7), Heard((FINAL,), 99), Flushed(()), Failed("ValueError")])
def test_replies_survive_the_pipe(reply):
    frame = encode_reply(reply)
    kind, _ = HEADER.unpack(frame[: HEADER.size])
    assert decode_reply(kind, frame[HEADER.size :]) == reply


def test_frames_of_no_known_kind_are_refused():
    with pytest.raises(ValueError, match="no request"):
        decode_request(b"?", b"")
    with pytest.raises(ValueError, match="no reply"):
        decode_reply(b"?", b"0")
