from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from captions.characters import Quota
from captions.errors import SpeechUsedUp
from captions.models import Characters
from captions.services import characters
from tests.captions.making import at_once

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
FREE = Quota()


def reserve(user, count, quota=FREE, **more):
    fields = {"user_id": user.pk, "provider": "voxnexus", "characters": count, "quota": quota, "now": NOON}
    return characters.reserve(**fields | more)


def rows():
    return sorted(Characters.objects.values_list("user__username", "provider", "characters"))


def test_what_is_reserved_adds_up_in_one_row_a_day_account_and_provider(ada, ben):
    for who, count in ((ada, 100), (ben, 20), (ada, 3)):
        reserve(who, count)
    reserve(ada, 5, provider="vachana")
    assert rows() == [("ada", "vachana", 5), ("ada", "voxnexus", 103), ("ben", "voxnexus", 20)]


def test_a_reservation_says_what_is_left(ada, ben):
    reserve(ben, 30)
    standing = reserve(ada, 20, Quota(user=50, site=90)).standing
    assert (standing.user_left, standing.site_left) == (30, 40)
    assert standing.resets_at == dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def test_without_a_limit_nothing_is_said_to_be_left(ada):
    standing = reserve(ada, 20).standing
    assert (standing.user_left, standing.site_left) == (None, None)


@pytest.mark.parametrize(
    ("quota", "limit", "says"),
    [
        (
            Quota(user=50),
            "user",
            "This text has 31 characters, and 20 of today's 50 are left (limit of one account)",
        ),
        (Quota(user=90, site=60), "site", "30 of today's 60 are left (limit of the whole site)"),
    ],
)
def test_more_than_what_is_left_is_refused_and_not_counted(ada, quota, limit, says):
    reserve(ada, 30)
    with pytest.raises(SpeechUsedUp) as raised:
        reserve(ada, 31, quota)
    assert raised.value.limit == limit
    assert says in str(raised.value)
    assert "begin anew at 00:00 UTC" in str(raised.value)
    assert rows() == [("ada", "voxnexus", 30)]


def test_nothing_left_is_said_so(ada):
    reserve(ada, 50)
    with pytest.raises(SpeechUsedUp, match=r"characters are used up \(limit of one account: 50\)"):
        reserve(ada, 1, Quota(user=50))


def test_the_next_day_begins_anew(ada):
    reserve(ada, 50, Quota(user=50))
    assert reserve(ada, 50, Quota(user=50), now=NOON + dt.timedelta(days=1)).standing.user_left == 0


def test_what_was_never_sent_is_given_back_to_the_day_it_was_reserved_on(ada):
    reservation = reserve(ada, 50)
    reserve(ada, 7, now=NOON + dt.timedelta(days=1))
    characters.give_back(reservation=reservation, characters=40)
    assert sorted(Characters.objects.values_list("characters", flat=True)) == [7, 10]


def test_giving_back_never_ends_below_nothing(ada):
    reservation = reserve(ada, 50)
    Characters.objects.update(characters=10)
    characters.give_back(reservation=reservation, characters=40)
    assert rows() == [("ada", "voxnexus", 0)]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_lose_nothing_and_exceed_no_limit(ada):
    results = at_once([partial(reserve, ada, 10, Quota(user=50)) for _ in range(8)])
    assert sum(isinstance(result, SpeechUsedUp) for result in results) == 3
    assert rows() == [("ada", "voxnexus", 50)]


def test_what_a_deleted_account_used_still_counts(ada):
    reserve(ada, 50)
    ada.delete()
    assert characters.in_all(now=NOON) == 50


def test_days_long_gone_are_forgotten(ada):
    reserve(ada, 50)
    assert characters.purge(before=dt.date(2026, 3, 1)) == 0
    assert characters.purge(before=dt.date(2026, 3, 2)) == 1
