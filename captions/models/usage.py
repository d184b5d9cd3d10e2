"""What was sent to the speech service, per day."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Sum

from captions.models.room import Room


class UsageQuerySet(models.QuerySet["Usage"]):
    def on(self, day: dt.date) -> UsageQuerySet:
        return self.filter(day=day)

    def total_samples(self) -> int:
        """Of all these rows together."""
        return self.aggregate(total=Sum("samples"))["total"] or 0


class Usage(models.Model):
    """Audio sent on one day (of the site's calendar) from a room, on an account.

    ``user`` is the account it counts on: the host's, or the room's owner's where a guest spoke.
    When a room or an account is deleted its rows stay, for the totals: then they are null, and
    nulls are distinct, so rows of what was deleted never collide. ``room`` is null as well for speech
    in no room, as on the playground.
    """

    day = models.DateField()
    room = models.ForeignKey(Room, on_delete=models.SET_NULL, null=True, blank=True, related_name="usage")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="usage")
    by_guest = models.BooleanField("guest", default=False)
    samples = models.PositiveBigIntegerField(default=0)

    objects = UsageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-day", "pk"]
        verbose_name_plural = "usage"
        constraints: ClassVar = [
            models.UniqueConstraint(name="usage_once_a_day", fields=["day", "room", "user", "by_guest"]),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
