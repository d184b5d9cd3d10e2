"""What voids a pass, wherever it is changed: each such change has its rooms asked again at once.

A change of many rows by one query sends no signal: who makes one calls
:func:`captions.live.broadcast.recheck_rooms`. What neither tells, the doorkeeper's round notices.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from captions.live.broadcast import recheck_rooms
from captions.models import AllowedOrigin, GuestLink, Membership, OverlayLink, Room

MOST_ROOMS = 200
"""Rooms of one account that are told at once; those beyond are left to the round."""
_NO_ONES_BUSINESS = frozenset({"last_login", "first_name", "last_name", "email"})
"""Fields of an account that let nobody in or out."""


def _ask_again(room_ids: Iterable[int]) -> None:
    transaction.on_commit(partial(recheck_rooms, list(room_ids)))


@receiver(post_save, sender=Membership, dispatch_uid="captions-membership-saved")
@receiver(post_save, sender=GuestLink, dispatch_uid="captions-guest-link-saved")
@receiver(post_save, sender=OverlayLink, dispatch_uid="captions-overlay-link-saved")
@receiver(post_save, sender=AllowedOrigin, dispatch_uid="captions-allowed-origin-saved")
def _row_of_room_saved(
    instance: Membership | GuestLink | OverlayLink | AllowedOrigin, created: bool, **kwargs: Any
) -> None:
    if not created:
        _ask_again([instance.room_id])


@receiver(post_delete, sender=Membership, dispatch_uid="captions-membership-deleted")
@receiver(post_delete, sender=GuestLink, dispatch_uid="captions-guest-link-deleted")
@receiver(post_delete, sender=OverlayLink, dispatch_uid="captions-overlay-link-deleted")
@receiver(post_delete, sender=AllowedOrigin, dispatch_uid="captions-allowed-origin-deleted")
def _row_of_room_deleted(
    instance: Membership | GuestLink | OverlayLink | AllowedOrigin, **kwargs: Any
) -> None:
    _ask_again([instance.room_id])


@receiver(post_save, sender=Room, dispatch_uid="captions-room-saved")
def _room_saved(
    instance: Room, created: bool, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    # A room that is saved as a whole names all its fields.
    if not created and (update_fields is None or {"access", "owner", "owner_id"} & update_fields):
        _ask_again([instance.pk])


@receiver(post_save, sender=User, dispatch_uid="captions-user-saved")
def _user_saved(
    instance: User, created: bool, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    if not created and (update_fields is None or not update_fields <= _NO_ONES_BUSINESS):
        _ask_again(_rooms_of(instance))


@receiver(user_logged_out, dispatch_uid="captions-user-logged-out")
def _signed_out(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _ask_again(_rooms_of(user))


def _rooms_of(user: User) -> list[int]:
    rooms = Room.objects.filter(Q(owner=user) | Q(memberships__user=user)).order_by().distinct()
    return list(rooms.values_list("pk", flat=True)[:MOST_ROOMS])
