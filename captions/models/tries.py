"""What was spoken on the playground and is kept for its owner, and how one was liked beside another."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

NAME_MAX = 80
PROVIDER_MAX = 40
VOICE_MAX = 200
ENDED_MAX = 60


class Try(models.Model):
    """One text as it was spoken once: with which settings, how fast, and how it ended.

    ``speech`` is what ``captions.tts.speech.Speech.as_json`` says, the text with it: it is its owner's, and
    whoever has the link's while ``is_shared``. ``ended`` is ``done``, ``stopped`` or the code of an error.
    ``timing`` is the server's, and under ``page`` what the page that played it has measured.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tries")
    name = models.CharField(max_length=NAME_MAX, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    speech = models.JSONField()
    provider = models.CharField(max_length=PROVIDER_MAX)
    voice = models.CharField(max_length=VOICE_MAX)
    characters = models.PositiveIntegerField()
    timing = models.JSONField(default=dict)
    is_shared = models.BooleanField("shared", default=False)
    shares_audio = models.BooleanField("shared with its audio", default=False)
    ended = models.CharField(max_length=ENDED_MAX)

    class Meta:
        ordering: ClassVar = ["-made_at", "pk"]
        verbose_name_plural = "tries"
        permissions: ClassVar = [("speak", "May have text spoken")]
        indexes: ClassVar = [models.Index(name="try_of_owner", fields=["owner", "-made_at"])]
        constraints: ClassVar = [
            models.CheckConstraint(name="try_has_ended_somehow", condition=~Q(ended="")),
            models.CheckConstraint(
                name="try_shares_audio_only_if_shared", condition=Q(shares_audio=False) | Q(is_shared=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} · {self.voice} · {self.made_at:%Y-%m-%d %H:%M}"


class TryAudio(models.Model):
    """What a try sounded like: PCM (signed 16-bit little-endian mono) or a file as the provider sent it."""

    of = models.OneToOneField(Try, on_delete=models.CASCADE, primary_key=True, related_name="audio")
    data = models.BinaryField()
    size_bytes = models.PositiveIntegerField()
    media_type = models.CharField(max_length=60)
    rate_hz = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "audio of tries"

    def __str__(self) -> str:
        return f"{self.size_bytes} bytes"


class Choice(models.TextChoices):
    A = "a", _("The first")
    B = "b", _("The second")
    NONE = "none", _("Neither")


class Vote(models.Model):
    """Which of two tries somebody liked better, not knowing whose voices they were.

    What was compared stays in words when the tries themselves go. ``a`` is the one with the smaller id,
    so that the same two are the same two in whatever order they were heard.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="votes")
    a = models.ForeignKey(Try, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    b = models.ForeignKey(Try, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    a_provider = models.CharField(max_length=PROVIDER_MAX)
    a_voice = models.CharField(max_length=VOICE_MAX)
    b_provider = models.CharField(max_length=PROVIDER_MAX)
    b_voice = models.CharField(max_length=VOICE_MAX)
    choice = models.CharField(max_length=4, choices=Choice)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["-made_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="vote_once_for_two", fields=["owner", "a", "b"]),
            models.CheckConstraint(name="vote_choice_is_known", condition=Q(choice__in=Choice.values)),
            models.CheckConstraint(name="vote_is_between_two", condition=~Q(a=F("b"))),
        ]

    def __str__(self) -> str:
        return f"{self.a_voice} · {self.b_voice} · {self.choice}"
