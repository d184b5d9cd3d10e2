"""A stored final or gap, and the revisions of its text."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.db.models.base import ModelBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from captions.models.room import LANGUAGE_MAX, Room
from captions.models.session import Session

SPEAKER_MAX = 100
MACHINE_FIELDS = frozenset(
    {"machine_text", "words", "confidence", "upstream_ref", "kind", "utterance", "created_at"}
)
"""What the recogniser said: written once, never changed by review."""


class Kind(models.TextChoices):
    SPEECH = "speech", _("Speech")
    GAP = "gap", _("Gap")


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    REVIEWED = "reviewed", _("Reviewed")
    APPROVED = "approved", _("Approved")


class SegmentQuerySet(models.QuerySet["Segment"]):
    def update(self, **kwargs: Any) -> int:
        _refuse_machine_fields(kwargs)
        return super().update(**kwargs)

    def speech(self) -> SegmentQuerySet:
        return self.filter(kind=Kind.SPEECH)

    def unreviewed(self) -> SegmentQuerySet:
        return self.filter(kind=Kind.SPEECH, state=State.DRAFT)

    def in_time(self) -> SegmentQuerySet:
        """In the order in which it was said: by session, then by audio time."""
        return self.order_by("session__started_at", "session_id", "offset_ms", "utterance")


class Segment(models.Model):
    """A stored final (``speech``) or a stretch of lost audio (``gap``).

    Times are whole milliseconds since the first sample of the session. ``machine_text`` and
    ``words`` are what the recogniser said and are written once; ``text`` is what is shown, the
    same until the first revision. An edited text may be empty: then the line is struck out.
    A gap has no text at all; its state says whether somebody has looked at it.
    ``version`` is the room's at the newest change of this row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="segments")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="segments")
    utterance = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SPEECH)
    speaker = models.CharField(max_length=SPEAKER_MAX, blank=True)
    machine_text = models.TextField(blank=True, editable=False)
    text = models.TextField(blank=True)
    words = models.JSONField(default=list, blank=True, editable=False)
    confidence = models.FloatField(null=True, blank=True, editable=False)
    language = models.CharField(max_length=LANGUAGE_MAX)
    offset_ms = models.PositiveBigIntegerField()
    duration_ms = models.PositiveBigIntegerField()
    revision = models.PositiveIntegerField(default=0, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveBigIntegerField(editable=False)
    upstream_ref = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["room", "-version"]
        indexes: ClassVar = [
            models.Index(name="segment_in_time", fields=["session", "offset_ms", "utterance"])
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="segment_utterance_once", fields=["session", "utterance"]),
            models.UniqueConstraint(name="segment_version_once", fields=["room", "version"]),
            models.CheckConstraint(name="segment_kind_is_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="segment_state_is_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="segment_utterance_from_one", condition=Q(utterance__gte=1)),
            models.CheckConstraint(name="segment_version_from_one", condition=Q(version__gte=1)),
            models.CheckConstraint(name="segment_offset_in_range", condition=Q(offset_ms__gte=0)),
            models.CheckConstraint(name="segment_takes_time", condition=Q(duration_ms__gte=1)),
            models.CheckConstraint(
                name="segment_confidence_in_range",
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
            ),
            models.CheckConstraint(name="segment_has_a_language", condition=~Q(language="")),
            models.CheckConstraint(
                name="segment_speech_says_something",
                condition=~Q(kind=Kind.SPEECH) | ~Q(machine_text=""),
            ),
            models.CheckConstraint(
                name="segment_gap_says_nothing",
                condition=~Q(kind=Kind.GAP)
                | Q(machine_text="", text="", words=[], confidence=None, revision=0, speaker=""),
            ),
            models.CheckConstraint(
                name="segment_text_is_the_machines_until_revised",
                condition=Q(revision__gte=1) | Q(text=F("machine_text")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} · {self.utterance}"

    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Store the row; what the machine said is written by the first call only."""
        if not self._state.adding:
            if update_fields is None:
                update_fields = [
                    field.name
                    for field in self._meta.concrete_fields
                    if not field.primary_key and field.name not in MACHINE_FIELDS
                ]
            _refuse_machine_fields(update_fields)
        super().save(
            force_insert=force_insert,
            force_update=force_update,
            using=using,
            update_fields=update_fields,
        )

    @property
    def end_ms(self) -> int:
        return self.offset_ms + self.duration_ms

    @property
    def is_gap(self) -> bool:
        return self.kind == Kind.GAP

    @property
    def is_edited(self) -> bool:
        return self.text != self.machine_text


def _refuse_machine_fields(names: Iterable[str]) -> None:
    if refused := sorted(MACHINE_FIELDS.intersection(names)):
        raise ValueError(f"written once, never changed: {', '.join(refused)}")


class Revision(models.Model):
    """One edit: the text and speaker after it, by whom and when. Stays when the author's account goes."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    speaker = models.CharField(max_length=SPEAKER_MAX, blank=True)
    author = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="revisions",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["segment", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="revision_number_once", fields=["segment", "number"]),
            models.CheckConstraint(name="revision_number_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} · {self.number}"
