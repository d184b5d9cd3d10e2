"""What was sent to services that speak, per day."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Sum

from captions.models.tries import PROVIDER_MAX


class CharactersQuerySet(models.QuerySet["Characters"]):
    def on(self, day: dt.date) -> CharactersQuerySet:
        return self.filter(day=day)

    def total(self) -> int:
        """Of all these rows together."""
        return self.aggregate(total=Sum("characters"))["total"] or 0


class Characters(models.Model):
    """Characters that an account had spoken by a provider on one day of the site's calendar.

    When an account is deleted its rows stay, for the totals: only then ``user`` is null.
    """

    day = models.DateField()
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    provider = models.CharField(max_length=PROVIDER_MAX)
    characters = models.PositiveBigIntegerField(default=0)

    objects = CharactersQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-day", "pk"]
        verbose_name = verbose_name_plural = "characters spoken"
        constraints: ClassVar = [
            models.UniqueConstraint(name="characters_once_a_day", fields=["day", "user", "provider"]),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
