from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from django.contrib.auth.models import AnonymousUser

from captions.audio import ms_to_samples
from captions.errors import RoomNotFound
from captions.models import Usage
from captions.services import rooms, usage
from captions.spending import MINUTE_MS, Limits, Payer
from tests.captions.making import at_once

pytestmark = pytest.mark.django_db

MINUTE = ms_to_samples(MINUTE_MS)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
FREE = Limits()


def minutes(standing):
    return [level.used_ms // MINUTE_MS for level in standing.levels]


def rows():
    return sorted(Usage.objects.values_list("room__slug", "user__username", "by_guest", "samples"))


# --- who pays ---


def test_the_account_that_hosts_pays(room, ben):
    assert usage.payer(room, ben) == Payer(room.pk, ben.pk)


@pytest.mark.parametrize("guest", [None, AnonymousUser()])
def test_a_guests_minutes_are_the_owners(room, ada, guest):
    assert usage.payer("Town-Hall", guest) == Payer(room.pk, ada.pk, by_guest=True)


def test_nobody_pays_for_a_room_that_is_not_there(db, ben):
    with pytest.raises(RoomNotFound):
        usage.payer("nowhere", ben)


# --- counting ---


def test_what_is_sent_adds_up_in_one_row_a_day_room_and_account(room, ada, ben):
    for who, samples in ((ada, 100), (ben, 20), (ada, 3)):
        usage.add(usage.payer(room, who), samples, FREE)
    assert rows() == [("town-hall", "ada", False, 103), ("town-hall", "ben", False, 20)]


def test_what_a_guest_spoke_is_told_apart(room, ada):
    usage.add(usage.payer(room, ada), 100, FREE)
    usage.add(usage.payer(room, None), 20, FREE)
    assert rows() == [("town-hall", "ada", False, 100), ("town-hall", "ada", True, 20)]
    assert usage.standing(usage.payer(room, ada), FREE).user.used_samples == 120


def test_a_limit_of_a_room_counts_whoever_hosts_and_an_accounts_whatever_the_room(room, ada, ben):
    other = rooms.create_room(owner=ben, title="Other")
    usage.add(usage.payer(room, ada), 1 * MINUTE, FREE, NOON)
    usage.add(usage.payer(room, ben), 10 * MINUTE, FREE, NOON)
    usage.add(usage.payer(other, ben), 100 * MINUTE, FREE, NOON)
    assert minutes(usage.standing(usage.payer(room, ada), FREE, NOON)) == [11, 1, 111]
    assert minutes(usage.standing(usage.payer(other, ben), FREE, NOON)) == [100, 110, 111]


def test_adding_says_where_one_stands(room, ada):
    limits = Limits(room_ms=60 * MINUTE_MS, user_ms=90 * MINUTE_MS)
    standing = usage.add(usage.payer(room, ada), 15 * MINUTE, limits, NOON)
    assert [level.left_ms for level in standing.levels] == [45 * MINUTE_MS, 75 * MINUTE_MS, None]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_lose_nothing(room, ada):
    payer = usage.payer(room, ada)
    answers = at_once([partial(usage.add, payer, 10, FREE)] * 8)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert rows() == [("town-hall", "ada", False, 80)]


# --- the site's day ---


def test_a_day_is_one_of_the_sites_calendar(room, ada, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    payer = usage.payer(room, ada)
    before = dt.datetime(2026, 3, 1, 18, 29, tzinfo=dt.UTC)
    after = dt.datetime(2026, 3, 1, 18, 31, tzinfo=dt.UTC)
    standing = usage.add(payer, MINUTE, FREE, before)
    assert (standing.day, minutes(standing)) == (dt.date(2026, 3, 1), [1, 1, 1])
    assert standing.resets_at == dt.datetime(2026, 3, 1, 18, 30, tzinfo=dt.UTC)
    standing = usage.standing(payer, FREE, after)
    assert (standing.day, minutes(standing)) == (dt.date(2026, 3, 2), [0, 0, 0])


def test_a_day_that_is_an_hour_short_ends_at_midnight_all_the_same(room, ada, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    standing = usage.standing(usage.payer(room, ada), FREE, dt.datetime(2026, 3, 29, 12, tzinfo=dt.UTC))
    assert standing.resets_at == dt.datetime(2026, 3, 29, 22, tzinfo=dt.UTC)


# --- a room's own limit ---


@pytest.mark.parametrize(("own", "left"), [(None, 60), (5, 5), (600, 600), (0, None)])
def test_a_room_may_have_a_limit_of_its_own(room, ada, own, left):
    room.minutes_per_day = own
    room.save()
    level = usage.standing(usage.payer(room, ada), Limits(room_ms=60 * MINUTE_MS)).room
    assert level.left_ms == (None if left is None else left * MINUTE_MS)


# --- what goes, and what stays ---


def test_what_was_used_still_counts_when_room_and_account_are_gone(room, ada, ben):
    usage.add(usage.payer(room, ben), 1 * MINUTE, FREE, NOON)
    usage.add(usage.payer(room, None), 2 * MINUTE, FREE, NOON)
    usage.add(usage.payer(room, ada), 4 * MINUTE, FREE, NOON)
    ben.delete()
    rooms.delete_room(room)
    ada.delete()
    assert Usage.objects.total_samples() == 7 * MINUTE


@pytest.mark.parametrize("gone", ["room", "account"])
def test_what_is_counted_after_a_deletion_counts_and_makes_one_row(room, ada, ben, gone):
    payer = usage.payer(room, ben)
    usage.add(payer, 10, FREE, NOON)
    if gone == "room":
        rooms.delete_room(room)
    else:
        ben.delete()
    usage.add(payer, 5, FREE, NOON)
    usage.add(payer, 5, FREE, NOON)
    assert (Usage.objects.count(), Usage.objects.total_samples()) == (1, 20)


# --- speech in no room ---


def test_speech_in_no_room_counts_on_the_account_and_the_site(room, ada, ben):
    usage.add(usage.payer(room, ada), 1 * MINUTE, FREE, NOON)
    usage.add(usage.payer(room, ben), 2 * MINUTE, FREE, NOON)
    standing = usage.add(usage.payer_in_no_room(ada.pk), 4 * MINUTE, FREE, NOON)
    assert (standing.room, minutes(standing)) == (None, [5, 7])
    assert usage.of_room(room, FREE, NOON).used_ms == 3 * MINUTE_MS, "no room pays for it"


def test_speech_in_no_room_adds_up_in_one_row_of_an_account(room, ada, ben):
    for samples in (10, 20):
        usage.add(usage.payer_in_no_room(ada.pk), samples, FREE, NOON)
        usage.add(usage.payer_in_no_room(ben.pk), samples, FREE, NOON)
    assert rows() == [(None, "ada", False, 30), (None, "ben", False, 30)]


def test_speech_in_no_room_is_limited_by_account_and_site_alone(ada):
    limits = Limits(room_ms=1, user_ms=60 * MINUTE_MS, site_ms=5 * MINUTE_MS)
    standing = usage.add(usage.payer_in_no_room(ada.pk), MINUTE, limits, NOON)
    assert (standing.tightest.limit, standing.tightest.left_ms) == ("site", 4 * MINUTE_MS)
    free = usage.standing(usage.payer_in_no_room(ada.pk), FREE, NOON)
    assert (free.tightest.limit, free.tightest.used_ms) == ("user", MINUTE_MS)


def test_old_days_can_be_forgotten(room, ada):
    payer = usage.payer(room, ada)
    for days in (0, 1, 2):
        usage.add(payer, 10, FREE, NOON - dt.timedelta(days=days))
    assert usage.purge(before=NOON.date()) == 2
    assert Usage.objects.get().day == NOON.date()
