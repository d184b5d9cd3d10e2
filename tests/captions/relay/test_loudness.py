"""Quiet moments."""

from __future__ import annotations

from array import array

from captions.audio import CHUNK_SAMPLES
from captions.relay.loudness import Loudness

SILENCE = bytes(2 * CHUNK_SAMPLES)


def tone(level: int) -> bytes:
    return array("h", [level, -level] * (CHUNK_SAMPLES // 2)).tobytes()


def after(*chunks: bytes) -> Loudness:
    loudness = Loudness()
    for chunk in chunks:
        loudness.hear(chunk)
    return loudness


def test_nothing_heard_is_not_quiet_yet():
    assert not after().is_quiet
    assert not after(*[SILENCE] * 4).is_quiet


def test_half_a_second_of_silence_is_quiet():
    assert after(tone(5000), *[SILENCE] * 5).is_quiet


def test_a_word_in_the_last_half_second_is_not():
    assert not after(*[SILENCE] * 9, tone(5000), *[SILENCE] * 4).is_quiet


def test_a_noisy_room_is_quiet_when_nobody_speaks():
    assert after(tone(8000), *[tone(600)] * 5).is_quiet


def test_a_soft_voice_in_a_still_room_is_a_voice():
    assert not after(*[tone(600)] * 9).is_quiet


def test_a_loud_bang_is_forgotten():
    assert not after(tone(32_000), *[tone(1500)] * 1500).is_quiet


def test_an_empty_chunk_is_silence():
    assert after(*[b""] * 5).is_quiet


def test_a_stretch_is_judged_by_what_was_heard_before():
    loudness = after(tone(8000))
    assert loudness.would_be_quiet(tone(600) * 3)
    assert not loudness.would_be_quiet(SILENCE + tone(4000) + SILENCE)
