from hypothesis import given
from hypothesis import strategies as st

from captions.speechserver.speaking.chunks import Chunker

RATE_HZ, CHUNK_MS, SIZE = 1000, 10, 20


@given(st.lists(st.binary(max_size=50)), st.booleans())
def test_chunks_and_rest_are_the_audio(pieces, holds_last):
    chunker = Chunker(RATE_HZ, CHUNK_MS, holds_last=holds_last)
    chunks = [chunk for piece in pieces for chunk in chunker.feed(piece)]
    rest = chunker.end()
    assert b"".join(chunks) + rest == b"".join(pieces)
    assert all(len(chunk) == SIZE for chunk in chunks)
    assert bool(rest) >= (holds_last and any(pieces))


def test_a_whole_chunk_is_given_at_once():
    assert Chunker(RATE_HZ, CHUNK_MS).feed(bytes(SIZE)) == [bytes(SIZE)]


def test_the_last_chunk_is_held_for_the_end_where_it_is_to_be():
    chunker = Chunker(RATE_HZ, CHUNK_MS, holds_last=True)
    assert chunker.feed(bytes(SIZE)) == []
    assert chunker.end() == bytes(SIZE)
    assert chunker.end() == b""
