import array
import sys

import pytest

from captions.speechserver.engines.base import EngineUnavailable
from captions.speechserver.speaking.resample import Resampler, mixed


def resampled(pcm, from_hz, to_hz, piece_bytes=1000):
    resampler = Resampler(from_hz, to_hz)
    parts = [resampler.feed(pcm[start : start + piece_bytes]) for start in range(0, len(pcm), piece_bytes)]
    return b"".join([*parts, resampler.end()])


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(22_050, 24_000), (24_000, 16_000), (16_000, 48_000), (8_000, 16_000)]
)
def test_the_length_is_kept_to_a_sample_whatever_the_pieces(from_hz, to_hz):
    pcm = array.array("h", range(-10_000, 10_000)).tobytes()
    for piece_bytes in (100, 1000, len(pcm)):
        samples = len(resampled(pcm, from_hz, to_hz, piece_bytes)) // 2
        assert samples == pytest.approx(20_000 * to_hz / from_hz, abs=1)


def test_the_same_rate_changes_nothing():
    assert resampled(b"\1\2\3\4", 16_000, 16_000) == b"\1\2\3\4"


def test_channels_become_one():
    stereo = array.array("h", [100, 300, -100, 100, 7]).tobytes()
    assert array.array("h", mixed(stereo, 2)).tolist() == [200, 0]
    assert mixed(b"\1\2\3", 1) == b"\1\2"


def test_without_the_library_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "soxr", None)
    with pytest.raises(EngineUnavailable, match="soxr is not installed"):
        Resampler(16_000, 24_000)
    assert Resampler(16_000, 16_000).feed(b"\0\0") == b"\0\0"
