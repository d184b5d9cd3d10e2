"""Characters spoken: reserved before a provider is asked, given back where it never was, and counted by day.

A day is one of the site's calendar (``TIME_ZONE``). Two that reserve for one account at once wait for each
other. What the whole site may use can be exceeded by what several processes reserve in the same moment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Greatest

from captions.characters import Quota, Standing
from captions.models import Characters
from captions.services.usage import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Characters that count as used until they are given back; ``standing`` is with them."""

    user_id: int
    provider: str
    characters: int
    standing: Standing


def standing(*, user_id: int, quota: Quota, now: dt.datetime | None = None) -> Standing:
    """What an account and the site have used on the day of ``now`` (aware; the present by default)."""
    day, resets_at = day_of(now)
    used = Characters.objects.on(day).aggregate(
        user=Sum("characters", filter=Q(user=user_id), default=0), site=Sum("characters", default=0)
    )
    return Standing(day=day, resets_at=resets_at, user_used=used["user"], site_used=used["site"], quota=quota)


@transaction.atomic
def reserve(
    *, user_id: int, provider: str, characters: int, quota: Quota, now: dt.datetime | None = None
) -> Reservation:
    """Count so many characters for an account. Raises :class:`SpeechUsedUp`, and then counts none."""
    User.objects.select_for_update().filter(pk=user_id).first()
    before = standing(user_id=user_id, quota=quota, now=now)
    before.require(characters)
    row, _ = Characters.objects.get_or_create(day=before.day, user_id=user_id, provider=provider)
    Characters.objects.filter(pk=row.pk).update(characters=F("characters") + characters)
    return Reservation(
        user_id=user_id, provider=provider, characters=characters, standing=before.plus(characters)
    )


def give_back(*, reservation: Reservation, characters: int) -> None:
    """Count so many less: they were reserved and never sent. On the day on which they were reserved."""
    Characters.objects.filter(
        day=reservation.standing.day, user_id=reservation.user_id, provider=reservation.provider
    ).update(characters=Greatest(F("characters") - characters, 0))


def in_all(*, now: dt.datetime | None = None) -> int:
    """Characters that the whole site has used on the day of ``now``."""
    return Characters.objects.on(day_of(now)[0]).total()


def purge(*, before: dt.date) -> int:
    """Forget the characters of days before this one; how many rows that were."""
    deleted, _ = Characters.objects.filter(day__lt=before).delete()
    return deleted
