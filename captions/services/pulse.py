"""Where rooms stand, in one query for however many: what each process asks every few seconds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone

from captions.models import Room, Session


@dataclass(frozen=True, slots=True)
class Pulse:
    """A room's newest version, whether somebody is on the air, and whether it is open."""

    version: int
    live: bool
    is_open: bool


def pulses(room_ids: Collection[int]) -> dict[int, Pulse]:
    """By id; a room that is gone is missing."""
    live = Session.objects.running().filter(room=OuterRef("pk"), lease_until__gt=timezone.now())
    rows = (
        Room.objects.filter(pk__in=room_ids)
        .annotate(is_live=Exists(live))
        .values_list("pk", "version", "is_live", "is_open")
    )
    return {pk: Pulse(version, is_live, is_open) for pk, version, is_live, is_open in rows}
