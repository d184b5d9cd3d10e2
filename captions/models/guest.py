"""A link that lets somebody without an account into one room."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from captions.models.room import Room

LABEL_MAX = 80


class GuestRole(models.TextChoices):
    HOST = "host", _("Host")
    VIEW = "view", _("Viewer")


class GuestLinkQuerySet(models.QuerySet["GuestLink"]):
    def good(self) -> GuestLinkQuerySet:
        """Links that open their room at this moment."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class GuestLink(models.Model):
    """What a guest may do in a room, and for how long. ``label`` is whom it was made for.

    The link itself is not kept: it is this row's id, signed (:mod:`captions.services.guests`).
    ``used_at`` is when it, or a page that it opened, was last asked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="guest_links")
    label = models.CharField(max_length=LABEL_MAX)
    role = models.CharField(max_length=10, choices=GuestRole)
    made_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="guest_links",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = GuestLinkQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["room", "-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(name="guest_link_role_is_known", condition=Q(role__in=GuestRole.values)),
            models.CheckConstraint(name="guest_link_has_a_label", condition=~Q(label="")),
            models.CheckConstraint(
                name="guest_link_ends_after_its_start", condition=Q(expires_at__gt=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_revoked(self) -> bool:
        return self.revoked_at is not None

    def is_good(self, now: dt.datetime | None = None) -> bool:
        """Whether it opens its room at ``now`` (aware; the present moment by default)."""
        return self.revoked_at is None and self.expires_at > (now or timezone.now())
