"""The audio that says where it stands."""

from __future__ import annotations

import pytest

from captions.speechserver.engines.scripted import PositionsEngine
from tests.chaos.speech import Speech, joined, stretches, total_ms, without

SPEECH = Speech(words=20)
PCM = SPEECH.pcm()
MS = 32


def test_the_engine_reads_each_word_at_its_time():
    session = PositionsEngine().open(language="en-US", sample_rate_hz=16_000)
    finals = [said for said in session.feed(PCM) + session.flush() if said.is_final]
    heard = [(word.text, word.offset_ms, word.duration_ms) for final in finals for word in final.words]
    assert heard == [(word.text, word.offset_ms, 200) for word in SPEECH.spoken]


@pytest.mark.parametrize(
    ("pcm", "found"),
    [
        (PCM, [(0, SPEECH.duration_ms)]),
        (PCM[: 100 * MS] + PCM[103 * MS : 200 * MS], [(0, 100), (103, 200)]),
        (PCM[: 100 * MS] + PCM[90 * MS : 95 * MS], [(0, 100), (90, 95)]),
        (PCM[: 100 * MS + 6] + PCM[200 * MS + 10 : 300 * MS], [(0, 100), (201, 300)]),
        (bytes(50 * MS), []),
    ],
    ids=["whole", "hole", "repetition", "cut inside", "silence of nobody"],
)
def test_a_recording_shows_what_is_in_it_to_the_millisecond(pcm, found):
    assert stretches(pcm, PCM) == found


def test_stretches_can_be_joined_and_taken_away():
    assert joined([(5, 9), (0, 3), (2, 6)]) == [(0, 9)]
    assert without([(0, 10)], [(2, 3), (9, 12)]) == [(0, 2), (3, 9)]
    assert total_ms([(0, 2), (3, 9)]) == 8
