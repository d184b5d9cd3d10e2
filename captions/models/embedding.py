"""Which sites may show a room's captions, and which have asked to."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from captions.models.room import Room
from captions.origins import MAX_LENGTH


class AllowedOrigin(models.Model):
    """A pattern (:mod:`captions.origins`) of pages that may show the captions of a room."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="allowed_origins")
    pattern = models.CharField("site", max_length=MAX_LENGTH)
    added_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="allowed_origins"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["room", "pattern"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="allowed_origin_once_per_room", fields=["room", "pattern"]),
            models.CheckConstraint(name="allowed_origin_has_a_pattern", condition=~models.Q(pattern="")),
        ]

    def __str__(self) -> str:
        return self.pattern


class EmbedSite(models.Model):
    """A site whose pages have asked for the captions of a room, and how often they were let in or not.

    Kept so that an owner sees who embeds the room; anybody can send any origin, so rows are bounded
    (:mod:`captions.services.embedding`).
    """

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="embed_sites")
    origin = models.CharField(max_length=MAX_LENGTH)
    accepted = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["room", "-last_at"]
        verbose_name = "embedding site"
        constraints: ClassVar = [
            models.UniqueConstraint(name="embed_site_once_per_room", fields=["room", "origin"]),
            models.CheckConstraint(name="embed_site_has_an_origin", condition=~models.Q(origin="")),
        ]

    def __str__(self) -> str:
        return self.origin
