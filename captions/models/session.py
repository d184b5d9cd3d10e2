"""One run of a microphone in a room."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from captions.models.guest import GuestLink
from captions.models.room import LANGUAGE_MAX, TITLE_MAX, Room, check_language


class SessionQuerySet(models.QuerySet["Session"]):
    def running(self) -> SessionQuerySet:
        """Sessions that have not ended, on the air or left behind by a worker that died."""
        return self.filter(ended_at=None)


class Session(models.Model):
    """One run of one microphone; its segments stay when the host's account goes.

    ``lease`` is the token of the worker that speaks for the session: who holds another one can
    neither store nor renew. It stays after the session was ended from elsewhere, so that the
    worker can still store what had been said by then, and goes when the worker itself ends it.
    ``lease_until`` is the moment after which that worker counts as gone.
    ``safe_samples`` is the newest point before which nothing is pending, as far as the worker has
    told (silence has no segment): a host that resumes with another worker goes on from there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="sessions")
    host = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="hosted_sessions",
    )
    guest_link = models.ForeignKey(
        GuestLink,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="sessions",
        help_text="What its host came by, where that is a guest.",
    )
    title = models.CharField(max_length=TITLE_MAX, blank=True)
    language = models.CharField(max_length=LANGUAGE_MAX, validators=[check_language])
    engine = models.CharField(max_length=100, blank=True, help_text="What recognised the speech.")
    lease = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    safe_samples = models.PositiveBigIntegerField(default=0, editable=False)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-started_at"]
        indexes: ClassVar = [models.Index(name="session_of_room", fields=["room", "-started_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="session_one_running_per_room", fields=["room"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="session_ends_after_its_start",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
            ),
            models.CheckConstraint(
                name="session_lease_has_a_limit",
                condition=Q(lease=None, lease_until=None) | Q(lease__isnull=False, lease_until__isnull=False),
            ),
            models.CheckConstraint(name="session_has_a_language", condition=~Q(language="")),
            models.CheckConstraint(name="session_has_one_host", condition=Q(host=None) | Q(guest_link=None)),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.started_at:%Y-%m-%d %H:%M}"

    @property
    def host_name(self) -> str:
        """Whose voice it is, in words; empty where the account or the guest link is gone."""
        if self.host is not None:
            return self.host.get_username()
        return f"guest {self.guest_link.label}" if self.guest_link is not None else ""

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    def is_on_air(self, now: dt.datetime | None = None) -> bool:
        """Whether a worker speaks for it at ``now`` (aware; the present moment by default)."""
        if self.ended_at is not None or self.lease_until is None:
            return False
        return self.lease_until > (now or timezone.now())
