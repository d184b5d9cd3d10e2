"""Overlay links: making them, following them, taking them back.

Their tokens are made in :mod:`captions.services.tokens`. One is good until it is revoked: an overlay
stays in a scene for years.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from captions.errors import BadField, OverlayLinkNeeded, OverlayLinkOver, OverlayLinkUnknown
from captions.models import OverlayLink, Room
from captions.models.overlay import LABEL_MAX
from captions.plaintext import clean
from captions.services.tokens import row_named, token_of
from captions.words import gettext_noop as _

LINKS_MAX: Final = 20
"""Good links of one room."""
USE_NOTED_S: Final = 60
"""A use is written down unless another was less than this long ago."""
SHOWN_OVER: Final = 10
"""Links that are revoked and are still listed, the newest ones."""
_PURPOSE: Final = "captions.overlay-link"


@transaction.atomic
def make_link(*, room: Room, label: str, made_by: User | None) -> OverlayLink:
    """A new link to a room's captions. Raises :class:`BadField` (label) also where there are too many."""
    label = clean(label)
    if not label:
        raise BadField("label", _("Say where the link is used: this is how it is found again."))
    if len(label) > LABEL_MAX:
        raise BadField(
            "label",
            _("A name has %(most)s characters at most; this one has %(length)s."),
            most=LABEL_MAX,
            length=len(label),
        )
    # Under the room's lock, so that two at once do not both make the last one.
    Room.objects.select_for_update().get(pk=room.pk)
    if room.overlay_links.good().count() >= LINKS_MAX:
        raise BadField(
            "label",
            _("A room has %(most)s overlay links at most. Revoke one that is not in use any more."),
            most=LINKS_MAX,
        )
    return OverlayLink.objects.create(room=room, label=label, made_by=made_by)


def revoke(link: OverlayLink) -> bool:
    """Make a link show nothing from now on; ``False`` where it did not any more."""
    if link.is_revoked:
        return False
    link.revoked_at = timezone.now()
    link.save(update_fields=["revoked_at"])
    return True


def links_of(room: Room) -> list[OverlayLink]:
    """The room's links: all that are good, then the newest of those that are revoked."""
    good = list(room.overlay_links.good().order_by("-created_at"))
    over = room.overlay_links.exclude(revoked_at=None).order_by("-created_at")
    return good + list(over[:SHOWN_OVER])


def token(link: OverlayLink) -> str:
    """What an overlay's address has as its ``key``."""
    return token_of(link.pk, _PURPOSE)


def follow(room: Room, written: str) -> OverlayLink:
    """The link that a token stands for, which shows this room's captions at this moment.

    Raises :class:`OverlayLinkUnknown` for what is no token of ours or another room's, and
    :class:`OverlayLinkOver`.
    """
    row_id = row_named(written, _PURPOSE)
    link = room.overlay_links.filter(pk=row_id).first() if row_id else None
    if link is None:
        raise OverlayLinkUnknown
    if link.is_revoked:
        raise OverlayLinkOver
    return link


def come_in(room: Room, written: str, *, note: bool = True) -> None:
    """Let an overlay's page in: by its token, or by none where whoever has the room's link may read.

    Raises as :func:`follow`, and :class:`OverlayLinkNeeded`. That it was loaded is remembered, unless
    it is not to ``note`` it.
    """
    if written:
        link = follow(room, written)
        if note:
            _note_use(link)
    elif not room.is_public:
        raise OverlayLinkNeeded


def _note_use(link: OverlayLink) -> None:
    now = timezone.now()
    long_ago = Q(used_at=None) | Q(used_at__lt=now - dt.timedelta(seconds=USE_NOTED_S))
    OverlayLink.objects.filter(long_ago, pk=link.pk).update(used_at=now)
