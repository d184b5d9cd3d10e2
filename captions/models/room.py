"""A room, the people in it besides its owner, and what was removed from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.base import ModelBase
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from captions import languages, slugs
from captions.errors import BadField
from captions.i18n import said

TITLE_MAX = 200
LANGUAGE_MAX = 35
"""Characters; what BCP 47 (RFC 5646, 4.4.1) recommends a field to hold."""


def check_slug(value: str) -> None:
    """A form's validator for :func:`captions.slugs.validate_slug`."""
    try:
        slugs.validate_slug(value)
    except BadField as exc:
        raise ValidationError(said(exc), code=exc.code) from exc


def check_language(value: str) -> None:
    """A form's validator for :func:`captions.languages.normalise`."""
    try:
        languages.normalise(value)
    except BadField as exc:
        raise ValidationError(said(exc), code=exc.code) from exc


class Access(models.TextChoices):
    LINK = "link", _("Whoever has the link")
    MEMBERS = "members", _("Members only")


class Role(models.TextChoices):
    HOST = "host", _("Host")
    REVIEWER = "reviewer", _("Reviewer")
    VIEWER = "viewer", _("Viewer")


class Room(models.Model):
    """The place with a slug.

    ``version`` counts the changes in the room: each stored final, each correction and each removal
    takes the next one, under a lock of this row, so that versions become visible in their order.
    An account that owns rooms cannot be deleted (their transcripts would go with it): hand the
    rooms on or delete them first, or deactivate the account.
    """

    slug = models.CharField(
        max_length=slugs.MAX_LENGTH,
        unique=True,
        validators=[check_slug],
        help_text="The end of the room's links: lower-case letters, digits and hyphens.",
    )
    title = models.CharField(max_length=TITLE_MAX)
    language = models.CharField(
        max_length=LANGUAGE_MAX,
        default="en-US",
        validators=[check_language],
        help_text="Spoken by default; a BCP 47 tag such as en-US.",
    )
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_rooms")
    access = models.CharField(max_length=10, choices=Access, default=Access.LINK)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    is_open = models.BooleanField("open", default=True)
    minutes_per_day = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Speech that may be sent to the speech service in a day. Empty: as for any room of"
        " this site. 0: no limit for this room.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["title", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="room_slug_is_lower_case",
                condition=models.Q(slug=Lower("slug")) & ~models.Q(slug=""),
            ),
            models.CheckConstraint(name="room_has_a_title", condition=~models.Q(title="")),
            models.CheckConstraint(name="room_has_a_language", condition=~models.Q(language="")),
            models.CheckConstraint(name="room_access_is_known", condition=models.Q(access__in=Access.values)),
        ]

    def __str__(self) -> str:
        return self.title

    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Store the row, but for ``version``: this object's may be old, and a version never goes back."""
        if not self._state.adding and update_fields is None:
            update_fields = [
                field.name
                for field in self._meta.concrete_fields
                if not field.primary_key and field.name != "version"
            ]
        super().save(
            force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields
        )

    @property
    def is_public(self) -> bool:
        """Whether the link alone is enough to read along."""
        return self.access == Access.LINK


class Membership(models.Model):
    """What an account may do in a room it does not own. Goes with the account and with the room."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="room_memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["room", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="membership_once_per_account", fields=["room", "user"]),
            models.CheckConstraint(name="membership_role_is_known", condition=models.Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Removal(models.Model):
    """That a session was deleted at ``version``: tells a reader who was away to forget its segments.

    ``session_id`` is the id the session had; the row it named is gone.
    """

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="removals")
    session_id = models.UUIDField()
    version = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["room", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="removal_version_once_per_room", fields=["room", "version"]),
            models.UniqueConstraint(name="removal_once_per_session", fields=["session_id"]),
            models.CheckConstraint(name="removal_version_is_positive", condition=models.Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} · {self.version}"
