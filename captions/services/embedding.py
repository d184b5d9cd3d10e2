"""Which sites may show a room's captions, and which have asked to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from captions import origins
from captions.errors import BadField
from captions.models import AllowedOrigin, EmbedSite, Room
from captions.words import gettext_noop as _

MOST_PATTERNS: Final = 50
"""A room's list goes into a header of each embedded page."""
MOST_SITES: Final = 200
"""Sites of a room that are remembered; those that were never let in are forgotten first."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Pages of one origin have asked for a room's captions: so often with and without success."""

    room_id: int
    origin: str
    accepted: int = 0
    refused: int = 0


@transaction.atomic
def allow(room: Room, typed: str, *, by: User | None = None) -> AllowedOrigin:
    """Let pages of a site show the captions; again, and nothing changes. Raises :class:`BadField`."""
    pattern = origins.parse_pattern(typed)
    Room.objects.select_for_update().filter(pk=room.pk).first()  # so that two at once do not pass the bound
    allowed = AllowedOrigin.objects.filter(room=room, pattern=pattern).first()
    if allowed is not None:
        return allowed
    if room.allowed_origins.count() >= MOST_PATTERNS:
        raise BadField("pattern", _("A room may allow %(most)s sites. Remove one first."), most=MOST_PATTERNS)
    return AllowedOrigin.objects.create(room=room, pattern=pattern, added_by=by)


def disallow(room: Room, pattern: str) -> bool:
    """Take a site off the list; ``False`` where it was not on it."""
    found = AllowedOrigin.objects.filter(room=room, pattern=pattern).first()
    if found is None:
        return False
    found.delete()  # one by one, so that whoever was let in by it is asked again
    return True


def patterns_of(room_id: int) -> list[str]:
    """The patterns a room allows, in order."""
    found = AllowedOrigin.objects.filter(room_id=room_id).order_by("pattern")
    return list(found.values_list("pattern", flat=True))


def may_embed(room_id: int, origin: origins.Origin) -> bool:
    """Whether pages of ``origin`` may show the captions of the room."""
    return any(origins.matches(pattern, origin) for pattern in patterns_of(room_id))


def sites_of(room: Room) -> list[EmbedSite]:
    """Who has asked for the captions, newest first, each with ``is_allowed`` as the list is now."""
    patterns = patterns_of(room.pk)
    sites = list(room.embed_sites.order_by("-last_at", "pk"))
    for site in sites:
        origin = origins.parse(site.origin)
        allowed = origin is not None and any(origins.matches(pattern, origin) for pattern in patterns)
        site.is_allowed = allowed  # type: ignore[attr-defined]
    return sites


@transaction.atomic
def note(visits: Iterable[Visit]) -> None:
    """Add to the counts of who has asked. Visits of rooms that are gone are left out."""
    added: dict[tuple[int, str], Counter[str]] = {}
    for visit in visits:
        count = added.setdefault((visit.room_id, visit.origin), Counter())
        count.update(accepted=visit.accepted, refused=visit.refused)
    asked = {room_id for room_id, _ in added}
    rooms = set(Room.objects.filter(pk__in=asked).values_list("pk", flat=True))
    now = timezone.now()
    # All processes take the rows in the same order, so that none waits for one that waits for it.
    rows = [
        EmbedSite(room_id=room_id, origin=origin, first_at=now, last_at=now)
        for room_id, origin in sorted(added)
        if room_id in rooms
    ]
    EmbedSite.objects.bulk_create(rows, ignore_conflicts=True)
    origins_asked = {row.origin for row in rows}
    found = EmbedSite.objects.filter(room_id__in=rooms, origin__in=origins_asked)
    sites = []
    for site in found.order_by("room_id", "origin").select_for_update():
        if count := added.get((site.room_id, site.origin), Counter()):
            site.accepted, site.refused = site.accepted + count["accepted"], site.refused + count["refused"]
            site.last_at = now
            sites.append(site)
    EmbedSite.objects.bulk_update(sites, ["accepted", "refused", "last_at"])
    _forget_some(rooms)


def _forget_some(room_ids: Collection[int]) -> None:
    sites = EmbedSite.objects.filter(room_id__in=room_ids).order_by()
    for room_id, count in sites.values_list("room_id").annotate(Count("pk")):
        if count > MOST_SITES:
            oldest = sites.filter(room_id=room_id).order_by("accepted", "last_at", "pk")
            surplus = oldest.values_list("pk", flat=True)[: count - MOST_SITES]
            EmbedSite.objects.filter(pk__in=list(surplus)).delete()
