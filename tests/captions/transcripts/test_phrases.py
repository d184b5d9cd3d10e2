from __future__ import annotations

import pytest

from captions.transcripts import phrases


@pytest.mark.parametrize(
    ("duration_ms", "length"),
    [
        (1, "1 s"),
        (1499, "1 s"),
        (12_000, "12 s"),
        (59_500, "1 min"),
        (72_000, "1 min 12 s"),
        (3_600_000, "1 h"),
        (3_780_000, "1 h 3 min"),
        (100 * 3_600_000, "100 h"),
    ],
)
def test_a_length_of_time_reads_well(duration_ms, length):
    assert phrases.length(duration_ms) == length


def test_a_gap_says_for_how_long():
    assert phrases.gap(12_000) == "[no captions for 12 s: the audio was lost]"


def test_a_clock_counts_hours_on():
    assert [phrases.clock(ms) for ms in (0, 65_999, 360_000_000)] == ["00:00:00", "00:01:05", "100:00:00"]


def test_a_timestamp_has_milliseconds_behind_its_mark():
    assert phrases.timestamp(65_007, ",") == "00:01:05,007"
