"""A link that shows a room's captions in an overlay, such as a browser source of OBS."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils import timezone

from captions.models.room import Room

LABEL_MAX = 80


class OverlayLinkQuerySet(models.QuerySet["OverlayLink"]):
    def good(self) -> OverlayLinkQuerySet:
        """Links that show their room's captions."""
        return self.filter(revoked_at=None)


class OverlayLink(models.Model):
    """What an overlay may read a room by, until it is revoked. ``label`` is where it is used.

    The link itself is not kept: it is this row's id, signed (:mod:`captions.services.tokens`).
    ``used_at`` is when the overlay was last loaded.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="overlay_links")
    label = models.CharField(max_length=LABEL_MAX)
    made_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="overlay_links",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OverlayLinkQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["room", "-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(name="overlay_link_has_a_label", condition=~Q(label="")),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None
