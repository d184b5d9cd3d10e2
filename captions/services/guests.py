"""Guest links: making them, following them, taking them back.

Their tokens are made in :mod:`captions.services.tokens`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from captions.errors import BadField, GuestLinkOver, GuestLinkUnknown
from captions.models import GuestLink, GuestRole, Room
from captions.models.guest import LABEL_MAX
from captions.plaintext import clean
from captions.services.rooms import Guest
from captions.services.tokens import row_named, token_of
from captions.words import gettext_noop as _

HOUR_S: Final = 60 * 60
MAX_LIFETIME_S: Final = 30 * 24 * HOUR_S
"""A guest who stays for longer than this is given an account."""
USE_NOTED_S: Final = 60
"""A use is written down unless another was less than this long ago."""
SHOWN_OVER: Final = 10
"""Links that are no longer good and are still listed, the newest ones."""
_PURPOSE: Final = "captions.guest-link"
_ASK: Final = "Ask the person who sent it for a new one."


def make_link(*, room: Room, label: str, role: str, lifetime_s: int, made_by: User | None) -> GuestLink:
    """A new link into a room. Raises :class:`BadField` (label, role or lifetime)."""
    label = clean(label)
    if not label:
        raise BadField("label", _("Say whom the link is for: this is how the guest is named."))
    if len(label) > LABEL_MAX:
        raise BadField(
            "label",
            _("A name has %(most)s characters at most; this one has %(length)s."),
            most=LABEL_MAX,
            length=len(label),
        )
    if role not in GuestRole.values:
        raise BadField("role", _("A guest speaks or reads."))
    if not 0 < lifetime_s <= MAX_LIFETIME_S:
        raise BadField("lifetime", _("A guest link is good for 30 days at most."))
    now = timezone.now()
    return GuestLink.objects.create(
        room=room,
        label=label,
        role=role,
        made_by=made_by,
        created_at=now,
        expires_at=now + dt.timedelta(seconds=lifetime_s),
    )


def revoke(link: GuestLink) -> bool:
    """Make a link open nothing from now on; ``False`` where it did not any more."""
    if link.is_revoked:
        return False
    link.revoked_at = timezone.now()
    link.save(update_fields=["revoked_at"])
    return True


def links_of(room: Room) -> list[GuestLink]:
    """The room's links: all that are good, then the newest of those that no longer are."""
    good = list(room.guest_links.good().order_by("-created_at"))
    over = room.guest_links.exclude(pk__in=[link.pk for link in good]).order_by("-created_at")
    return good + list(over[:SHOWN_OVER])


def token(link: GuestLink) -> str:
    """What the link's address ends in."""
    return token_of(link.pk, _PURPOSE)


def follow(written: str) -> GuestLink:
    """The link that a token stands for, with its room; it opens the room at this moment.

    Raises :class:`GuestLinkUnknown` for what is no token of ours, and :class:`GuestLinkOver`.
    """
    row_id = row_named(written, _PURPOSE)
    found = GuestLink.objects.select_related("room").filter(pk=row_id).first() if row_id else None
    if found is None:
        raise GuestLinkUnknown
    if not found.is_good():
        raise over(found)
    note_use(found.pk)
    return found


def over(link: GuestLink) -> GuestLinkOver:
    """Why a link no longer opens its room."""
    if link.is_revoked:
        return GuestLinkOver(f"This guest link was taken back by the room's owner. {_ASK}")
    return GuestLinkOver(f"This guest link was good until {link.expires_at:%-d %B %Y, %H:%M} UTC. {_ASK}")


def note_use(link_id: uuid.UUID) -> None:
    """Remember that a guest came."""
    now = timezone.now()
    long_ago = Q(used_at=None) | Q(used_at__lt=now - dt.timedelta(seconds=USE_NOTED_S))
    GuestLink.objects.filter(long_ago, pk=link_id).update(used_at=now)


def guest(link: GuestLink) -> Guest:
    """Who comes by a link."""
    return Guest(link_id=link.pk, room_id=link.room_id, role=link.role, label=link.label)


def brought(room: Room, link_ids: Collection[uuid.UUID]) -> list[GuestLink]:
    """Of the links that somebody came by, those into this room: good ones first, newest first."""
    if not link_ids:
        return []
    links = room.guest_links.filter(pk__in=link_ids).order_by("-created_at")
    return sorted(links, key=lambda link: not link.is_good())
