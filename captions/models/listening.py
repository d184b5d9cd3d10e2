"""Who reads a room's captions out to those who want to hear them, what was read, and what it has cost."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import Sum
from django.utils import timezone

from captions.models.room import Room
from captions.models.segment import Segment
from captions.models.tries import ENDED_MAX, PROVIDER_MAX, VOICE_MAX

CHARACTERS_PER_DAY = 20_000
"""Half an hour of speech, about."""


class Listening(models.Model):
    """Voices that a room's owner lets its readers choose from; a room without a row has none.

    ``voices`` is a list of ``{"provider", "id", "name", "language"}``, four at most.
    """

    room = models.OneToOneField(Room, on_delete=models.CASCADE, primary_key=True, related_name="listening")
    is_on = models.BooleanField("on", default=False)
    voices = models.JSONField(default=list, blank=True)
    characters_per_day = models.PositiveIntegerField(default=CHARACTERS_PER_DAY)

    class Meta:
        verbose_name_plural = "listening along"

    def __str__(self) -> str:
        return f"{self.room} · {len(self.voices)}"


class ReadOutQuerySet(models.QuerySet["ReadOut"]):
    def total(self) -> int:
        """Characters of all these rows together."""
        return self.aggregate(total=Sum("characters"))["total"] or 0


class ReadOut(models.Model):
    """Characters of a room that were read out on one day of the site's calendar, by whichever voice."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="read_out")
    day = models.DateField()
    characters = models.PositiveBigIntegerField(default=0)

    objects = ReadOutQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-day", "pk"]
        verbose_name_plural = "characters read out"
        constraints: ClassVar = [
            models.UniqueConstraint(name="read_out_once_a_day", fields=["room", "day"]),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"


class Reading(models.Model):
    """One final read out by one voice: made by whichever process comes first, for all who listen.

    Without ``data`` and ``ended`` it is being made since ``begun_at``; ``ended`` is "done" or the code of an
    error. Kept for minutes.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="readings")
    provider = models.CharField(max_length=PROVIDER_MAX)
    voice = models.CharField(max_length=VOICE_MAX)
    begun_at = models.DateTimeField(default=timezone.now)
    ended = models.CharField(max_length=ENDED_MAX, blank=True)
    media_type = models.CharField(max_length=60, blank=True)
    data = models.BinaryField(default=b"")

    class Meta:
        indexes: ClassVar = [models.Index(name="reading_begun_at", fields=["begun_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(name="reading_once_a_voice", fields=["segment", "provider", "voice"]),
        ]

    def __str__(self) -> str:
        return f"{self.voice} · {self.begun_at:%H:%M:%S}"

    def is_stale(self, now: dt.datetime, after_s: float) -> bool:
        """Whether whoever makes it has been at it for too long to be still there."""
        return not self.ended and (now - self.begun_at).total_seconds() > after_s
