"""A day's limits: where they stand, and in which words."""

from __future__ import annotations

import datetime as dt

import pytest

from captions.audio import ms_to_samples
from captions.spending import MINUTE_MS, Level, Limit, Standing, clock_in_words, in_words

NEAR = 0.8


def level(used_min: float, limit_min: float = 0, limit: Limit = Limit.ROOM) -> Level:
    return Level(limit, ms_to_samples(round(used_min * MINUTE_MS)), round(limit_min * MINUTE_MS))


def standing(room: Level, user: Level | None = None, site: Level | None = None) -> Standing:
    return Standing(
        day=dt.date(2026, 3, 1),
        resets_at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
        room=room,
        user=user or level(0, limit=Limit.USER),
        site=site or level(0, limit=Limit.SITE),
    )


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (level(0), "0 min used today"),
        (level(12), "12 min used today"),
        (level(0, 60), "0 min used today, 60 min left (limit of this room)"),
        (level(12, 60), "12 min used today, 48 min left (limit of this room)"),
        (level(12.5, 60), "13 min used today, 47 min left (limit of this room)"),
        (level(52, 60, Limit.USER), "52 min used today, only 8 min left (limit of one account)"),
        (level(59.5, 60), "60 min used today, less than a minute left (limit of this room)"),
        (level(60.2, 60, Limit.SITE), "60 min used today, nothing left (limit of the whole site)"),
        (level(0.2, 0.1), "1 min used today, nothing left (limit of this room)"),
    ],
)
def test_what_is_used_and_left_is_said_in_words(shown, words):
    assert in_words(shown, NEAR) == words


def test_the_tightest_limit_is_the_one_with_the_least_left():
    user = level(50, 120, Limit.USER)
    site = level(900, 1000, Limit.SITE)
    assert standing(level(12, 60), user, site).tightest.limit == Limit.ROOM
    assert standing(level(12), user, site).tightest.limit == Limit.USER


def test_without_a_limit_the_rooms_use_is_what_is_shown():
    without = standing(level(12), level(90, limit=Limit.USER))
    assert without.tightest == level(12)
    assert without.tightest.left_ms is None
    assert not without.tightest.is_used_up


def test_a_limit_is_used_up_to_the_millisecond():
    exactly = Level(Limit.ROOM, ms_to_samples(60_000), 60_000)
    assert exactly.is_used_up
    assert not Level(Limit.ROOM, ms_to_samples(60_000) - 1, 60_000).is_used_up
    assert level(61, 60).left_ms == 0, "never less than nothing"


def test_what_is_sent_counts_towards_every_limit():
    more = standing(level(1, 60), level(2, limit=Limit.USER), level(3, limit=Limit.SITE)).plus(
        ms_to_samples(MINUTE_MS)
    )
    assert [each.used_ms // MINUTE_MS for each in more.levels] == [2, 3, 4]


def test_a_clock_names_its_zone():
    assert clock_in_words(dt.datetime(2026, 3, 2, tzinfo=dt.UTC)) == "00:00 UTC"
