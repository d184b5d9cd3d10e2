"""The ring gives back what it was given, forgets the oldest, and never grows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.audio import CHUNK_SAMPLES
from captions.relay.ring import Ring
from tests.upstream import position_audio, stretches_ms


def audio(first: int, end: int) -> bytes:
    """One sample a byte pair, each with its own index (up to 65,535)."""
    return b"".join(sample.to_bytes(2, "little") for sample in range(first, end))


def indexes(pcm: bytes) -> list[int]:
    return [int.from_bytes(pcm[at : at + 2], "little") for at in range(0, len(pcm), 2)]


def everything(ring: Ring, cursor: int = 0, most: int = CHUNK_SAMPLES) -> list[tuple[int, bytes]]:
    pieces = []
    while (piece := ring.read(cursor, most)) is not None:
        pieces.append(piece)
        cursor = piece[0] + len(piece[1]) // 2
    return pieces


def test_an_empty_ring_has_nothing():
    ring = Ring(100)
    assert ring.read(0) is None
    assert ring.start == ring.end == 0


def test_it_reads_from_the_middle_of_a_block():
    ring = Ring(100)
    ring.append(0, audio(0, 50))
    assert ring.read(20) == (20, audio(20, 50))


def test_small_pieces_become_one_chunk():
    ring = Ring(10_000)
    for first in range(0, 2000, 320):
        ring.append(first, audio(first, min(first + 320, 2000)))
    first, pcm = ring.read(0)
    assert (first, indexes(pcm)) == (0, list(range(CHUNK_SAMPLES)))


def test_a_large_piece_is_cut_into_chunks():
    ring = Ring(20_000)
    ring.append(0, audio(0, 5000))
    assert [(first, len(pcm) // 2) for first, pcm in everything(ring)] == [
        (0, 1600),
        (1600, 1600),
        (3200, 1600),
        (4800, 200),
    ]


def test_a_hole_ends_a_chunk_and_begins_the_next_behind_it():
    ring = Ring(100)
    ring.append(0, audio(0, 10))
    ring.append(30, audio(30, 40))
    assert ring.read(5) == (5, audio(5, 10))
    assert ring.read(10) == (30, audio(30, 40))
    assert ring.read(20) == (30, audio(30, 40))
    assert ring.read(40) is None


def test_audio_before_the_end_is_a_mistake():
    ring = Ring(100)
    ring.append(0, audio(0, 10))
    with pytest.raises(ValueError, match="before the end"):
        ring.append(9, audio(9, 12))


def test_over_its_bound_it_drops_the_oldest():
    ring = Ring(4 * CHUNK_SAMPLES)
    for number in range(10):
        ring.append(number * CHUNK_SAMPLES, audio(number * CHUNK_SAMPLES, (number + 1) * CHUNK_SAMPLES))
    assert ring.start == 6 * CHUNK_SAMPLES
    assert ring.read(0)[0] == 6 * CHUNK_SAMPLES


def test_the_newest_piece_stays_even_if_it_is_larger_than_the_bound():
    ring = Ring(10)
    ring.append(0, audio(0, 500))
    assert ring.read(0) == (0, audio(0, 500))


def test_forgetting_lets_go_of_whole_blocks_only():
    ring = Ring(10 * CHUNK_SAMPLES)
    ring.append(0, audio(0, CHUNK_SAMPLES))
    ring.append(CHUNK_SAMPLES, audio(CHUNK_SAMPLES, 2 * CHUNK_SAMPLES))
    ring.forget(CHUNK_SAMPLES + 5)
    assert ring.start == CHUNK_SAMPLES
    assert ring.held_samples == CHUNK_SAMPLES
    ring.forget(2 * CHUNK_SAMPLES)
    assert (ring.start, ring.held_samples) == (2 * CHUNK_SAMPLES, 0)


def test_single_samples_with_holes_between_do_not_swell_it():
    ring = Ring(10 * CHUNK_SAMPLES)
    for number in range(5000):
        ring.append(2 * number, b"ab")
    assert len(everything(ring)) <= 22


def test_position_audio_tells_where_it_was_cut():
    pcm = position_audio(0, 200) + position_audio(300, 400)
    assert stretches_ms(pcm) == [(0, 200), (300, 400)]


pieces = st.lists(st.tuples(st.integers(0, 400) | st.just(0), st.integers(0, 700)), min_size=1, max_size=40)
"""Holes and lengths, one after the other."""


@settings(deadline=None)
@given(pieces, st.integers(1, 3000), st.integers(1, 2000), st.data())
def test_what_is_read_is_what_was_appended_each_sample_once(appended, capacity, most, data):
    ring = Ring(capacity)
    kept: dict[int, int] = {}
    end = 0
    for hole, length in appended:
        if length:
            ring.append(end + hole, audio(end + hole, end + hole + length))
            kept.update((index, index) for index in range(end + hole, end + hole + length))
            end += hole + length
        if data.draw(st.booleans()):
            ring.forget(data.draw(st.integers(0, end)))
    cursor = data.draw(st.integers(0, end))
    read = everything(ring, cursor, most)
    got = [index for first, pcm in read for index in indexes(pcm)]
    assert all(indexes(pcm) == list(range(first, first + len(pcm) // 2)) for first, pcm in read)
    assert all(len(pcm) // 2 <= most for _, pcm in read)
    assert got == [index for index in kept if index >= max(cursor, ring.start)]
    assert ring.held_samples == sum(index >= ring.start for index in kept)
    assert ring.held_samples <= capacity or len(set(got)) <= CHUNK_SAMPLES + 700
    assert all(after > before for before, after in pairwise(got))
