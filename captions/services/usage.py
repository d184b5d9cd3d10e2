"""Speech time: counted as it is sent, and what of a day's limits is left.

A day is one of the site's calendar (``TIME_ZONE``). Several processes add to the same rows, each what
it has sent itself, so that a sum is right however many there are.
"""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from captions.models import Room, Usage
from captions.services.rooms import Visitor, find_room, signed_in
from captions.spending import MINUTE_MS, Level, Limit, Limits, Payer, Standing


def payer(room: Room | str, user: Visitor) -> Payer:
    """Who pays when ``user`` speaks in a room (or its slug): the account that hosts, else the room's owner.

    The owner lets guests in, so their minutes are the owner's. Raises :class:`RoomNotFound`.
    """
    room = find_room(room) if isinstance(room, str) else room
    account = signed_in(user)
    return Payer(room.pk, account.pk if account else room.owner_id, by_guest=account is None)


def payer_in_no_room(user_id: int) -> Payer:
    """Who pays for speech that belongs to no room, as on the playground: the account alone."""
    return Payer(None, user_id)


def standing(payer: Payer, limits: Limits, now: dt.datetime | None = None) -> Standing:
    """What a payer has used on the day of ``now`` (aware; the present moment by default)."""
    day, resets_at = day_of(now)
    sums = {
        "user": Sum("samples", filter=Q(user=payer.user_id), default=0),
        "site": Sum("samples", default=0),
    }
    if payer.room_id is not None:
        sums["room"] = Sum("samples", filter=Q(room=payer.room_id), default=0)
    used = Usage.objects.on(day).aggregate(**sums)
    room = None
    if payer.room_id is not None:
        room = Level(Limit.ROOM, used["room"], _room_limit_ms(payer.room_id, limits))
    return Standing(
        day=day,
        resets_at=resets_at,
        room=room,
        user=Level(Limit.USER, used["user"], limits.user_ms),
        site=Level(Limit.SITE, used["site"], limits.site_ms),
    )


def of_room(room: Room, limits: Limits, now: dt.datetime | None = None) -> Level:
    """What a room has used on the day of ``now``, whoever spoke."""
    day, _ = day_of(now)
    used = Usage.objects.on(day).filter(room=room).total_samples()
    return Level(Limit.ROOM, used, _room_limit_ms(room.pk, limits))


def in_all(limits: Limits, now: dt.datetime | None = None) -> Level:
    """What the whole site has used on the day of ``now``."""
    day, _ = day_of(now)
    return Level(Limit.SITE, Usage.objects.on(day).total_samples(), limits.site_ms)


def add(payer: Payer, samples: int, limits: Limits, now: dt.datetime | None = None) -> Standing:
    """Count what was sent, and say where the payer stands then."""
    day, _ = day_of(now)
    with transaction.atomic():
        _count(day, payer, samples)
        return standing(payer, limits, now)


def _count(day: dt.date, payer: Payer, samples: int) -> None:
    more = {"samples": F("samples") + samples}
    row = {"day": day, "room_id": payer.room_id, "user_id": payer.user_id, "by_guest": payer.by_guest}
    if payer.room_id is not None and Usage.objects.filter(**row).update(**more):
        return
    # Room and account may have been deleted since they were heard: what was sent still counts. Nulls are
    # distinct, so there may be several rows of no room: one of them is added to.
    room = None if payer.room_id is None else Room.objects.filter(pk=payer.room_id).first()
    user = User.objects.filter(pk=payer.user_id).first()
    if room is None or user is None:
        kept = Usage.objects.filter(day=day, room=room, user=user, by_guest=payer.by_guest).first()
        if kept is not None:
            Usage.objects.filter(pk=kept.pk).update(**more)
        else:
            Usage.objects.create(day=day, room=room, user=user, by_guest=payer.by_guest, samples=samples)
        return
    try:
        with transaction.atomic():
            Usage.objects.create(**row, samples=samples)
    except IntegrityError:
        # Another process has made the row meanwhile.
        if not Usage.objects.filter(**row).update(**more):
            raise


def purge(before: dt.date) -> int:
    """Forget the usage of days before this one; how many rows that were."""
    deleted, _ = Usage.objects.filter(day__lt=before).delete()
    return deleted


def today(now: dt.datetime | None = None) -> dt.date:
    """The day that usage is counted on."""
    return day_of(now)[0]


def _room_limit_ms(room_id: int, limits: Limits) -> int:
    minutes = Room.objects.filter(pk=room_id).values_list("minutes_per_day", flat=True).first()
    return limits.room_ms if minutes is None else minutes * MINUTE_MS


def day_of(now: dt.datetime | None) -> tuple[dt.date, dt.datetime]:
    """The site's day of a moment, and when the next one begins."""
    zone = timezone.get_default_timezone()
    day = (now or timezone.now()).astimezone(zone).date()
    return day, dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, tzinfo=zone)
