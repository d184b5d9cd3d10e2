import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.tts.wav import BadWav, Unwrapper, header

PCM = bytes(range(200))


def unwrapped(*chunks):
    unwrapper = Unwrapper()
    return b"".join(map(unwrapper.feed, chunks)) + unwrapper.end()


def test_a_header_is_taken_out_and_read():
    unwrapper = Unwrapper()
    assert unwrapper.feed(header(24000) + PCM) == PCM
    assert (unwrapper.rate_hz, unwrapper.channels) == (24000, 1)


def test_a_header_in_every_chunk_is_taken_out():
    assert unwrapped(header(24000) + PCM, header(24000) + PCM) == PCM + PCM


def test_without_a_header_all_is_sound():
    assert unwrapped(PCM, PCM) == PCM + PCM


@given(st.integers(1, 43))
def test_a_header_may_be_cut_anywhere(at):
    whole = header(16000) + PCM
    assert unwrapped(whole[:at], whole[at:]) == PCM


@given(st.lists(st.integers(1, 50), max_size=8))
def test_odd_bytes_are_carried_over(cuts):
    chunks, rest = [], PCM
    for cut in cuts:
        chunks.append(rest[:cut])
        rest = rest[cut:]
    assert unwrapped(header(16000), *chunks, rest) == PCM


def test_other_chunks_before_the_sound_are_passed_over():
    listed = header(16000)[:36] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"data\xff\xff\xff\xff" + PCM
    assert unwrapped(listed) == PCM


@given(st.lists(st.binary(max_size=64), max_size=10))
def test_whatever_comes_is_sound_in_whole_samples_or_refused(chunks):
    with contextlib.suppress(BadWav):
        assert len(unwrapped(*chunks)) % 2 == 0


def test_a_rate_that_changes_on_the_way_is_refused():
    with pytest.raises(BadWav):
        unwrapped(header(16000) + PCM, header(24000) + PCM)


def test_audio_of_another_kind_is_refused():
    with pytest.raises(BadWav):
        unwrapped(header(8000).replace(struct.pack("<HH", 1, 1), struct.pack("<HH", 7, 1), 1))


def test_a_header_that_never_ends_is_refused():
    with pytest.raises(BadWav):
        unwrapped(b"RIFF\0\0\0\0WAVE", b"junk" + struct.pack("<I", 10**9) + bytes(5000))


def test_a_whole_file_names_its_size():
    assert struct.unpack_from("<I", header(16000, data_bytes=100), 40) == (100,)
    assert struct.unpack_from("<I", header(16000, data_bytes=100), 4) == (136,)


def test_several_channels_are_mixed_to_one():
    frames = struct.pack("<6h", 100, 300, -5, 5, 32767, 32767)
    data = header(16000, channels=2) + frames
    assert unwrapped(data) == struct.pack("<3h", 200, 0, 32767)
    assert unwrapped(data[:47], data[47:]) == struct.pack("<3h", 200, 0, 32767)


def test_half_a_sample_at_the_end_of_a_piece_does_not_shift_the_next():
    unwrapper = Unwrapper()
    assert unwrapper.feed(PCM + b"x") == PCM
    assert unwrapper.end() == b""
    assert unwrapper.feed(PCM) == PCM
