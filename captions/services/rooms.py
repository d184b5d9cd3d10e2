"""Rooms: who may do what in them, and their life."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from captions import languages, slugs
from captions.errors import BadField, RoomNotFound, SessionStillLive, SlugTaken
from captions.models import Access, GuestLink, GuestRole, Membership, Role, Room, Session
from captions.models.room import TITLE_MAX
from captions.plaintext import clean
from captions.words import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever came by a guest link: no account, one room, one role."""

    link_id: uuid.UUID
    room_id: int
    role: str
    label: str


Visitor = User | AnonymousUser | Guest | None
"""Whoever asks; ``None`` and an anonymous user are strangers."""

_TRIES: Final = 5


def create_room(
    *,
    owner: User,
    title: str,
    language: str = "en-US",
    slug: str = "",
    access: str = Access.LINK,
) -> Room:
    """A new, open room; without a ``slug`` its link is random.

    Raises :class:`BadField` (title, language, slug or access) and :class:`SlugTaken`.
    """
    fields = {
        "owner": owner,
        "title": _title(title),
        "language": languages.normalise(language),
        "access": _access(access),
    }
    if slug:
        return _create(slug=_slug(slug), **fields)
    for _try in range(_TRIES - 1):
        try:
            return _create(slug=slugs.random_slug(), **fields)
        except SlugTaken:
            continue
    return _create(slug=slugs.random_slug(), **fields)


def _create(**fields: object) -> Room:
    try:
        with transaction.atomic():
            return Room.objects.create(**fields)
    except IntegrityError as exc:
        if Room.objects.filter(slug=fields["slug"]).exists():
            raise SlugTaken from exc
        raise


def update_room(
    room: Room,
    *,
    title: str | None = None,
    language: str | None = None,
    access: str | None = None,
    slug: str | None = None,
) -> Room:
    """Change what is given and leave what is ``None``; ``room`` itself is brought up to date.

    A new slug makes all links given out before lead nowhere. Raises as :func:`create_room`.
    """
    changed = {}
    if title is not None:
        changed["title"] = _title(title)
    if language is not None:
        changed["language"] = languages.normalise(language)
    if access is not None:
        changed["access"] = _access(access)
    if slug is not None and slug != room.slug:
        changed["slug"] = _slug(slug)
    try:
        with transaction.atomic():
            Room.objects.filter(pk=room.pk).update(**changed)
    except IntegrityError as exc:
        if "slug" in changed and Room.objects.filter(slug=changed["slug"]).exists():
            raise SlugTaken from exc
        raise
    for name, value in changed.items():
        setattr(room, name, value)
    return room


def _title(title: str) -> str:
    title = clean(title)
    if not title:
        raise BadField("title", _("A room needs a title."))
    if len(title) > TITLE_MAX:
        raise BadField(
            "title",
            _("A title has %(most)s characters at most; this one has %(length)s."),
            most=TITLE_MAX,
            length=len(title),
        )
    return title


def _slug(slug: str) -> str:
    return slugs.validate_slug(slug.strip().lower())


def _access(access: str) -> str:
    if access not in Access.values:
        raise BadField("access", _("A room is open to whoever has its link, or to members only."))
    return str(access)


def find_room(slug: str) -> Room:
    """The room with this slug, however it is capitalised; raises :class:`RoomNotFound`."""
    # Anything that no room can have is refused before the database sees it (NUL, megabytes).
    if len(slug) > slugs.MAX_LENGTH or not slug.isascii() or not slug.isprintable():
        raise RoomNotFound
    try:
        return Room.objects.select_related("owner").get(slug=slug.lower())
    except Room.DoesNotExist as exc:
        raise RoomNotFound from exc


def rooms_of(user: Visitor) -> QuerySet[Room]:
    """Rooms this account owns or is a member of, by title; each with ``is_live``, a bool."""
    account = signed_in(user)
    if account is None:
        return Room.objects.none()
    live = Session.objects.running().filter(room=OuterRef("pk"), lease_until__gt=timezone.now())
    mine = Membership.objects.filter(room=OuterRef("pk"), user=account)
    return (
        Room.objects.filter(Q(owner=account) | Exists(mine))
        .select_related("owner")
        .annotate(is_live=Exists(live))
        .order_by("title", "pk")
    )


def may_view(room: Room, user: Visitor = None) -> bool:
    """Whether ``user`` may read along and read the transcripts that viewers may."""
    return (
        room.is_public
        or _has_role(room, user, *Role)
        or _may_by_permission(user, "view")
        or _is_guest(room, user, *GuestRole)
    )


def may_host(room: Room, user: Visitor) -> bool:
    """Whether ``user`` may send audio: the owner, members with the host role, guests with such a link."""
    return _has_role(room, user, Role.HOST) or _is_guest(room, user, GuestRole.HOST)


def may_review(room: Room, user: Visitor) -> bool:
    """Whether ``user`` may correct: who may host, reviewers, and staff who may change segments."""
    return _has_role(room, user, Role.HOST, Role.REVIEWER) or _may_by_permission(user, "change")


def may_manage(room: Room, user: Visitor) -> bool:
    """Whether ``user`` may change the room, its people and its sessions: the owner."""
    return _has_role(room, user)


def signed_in(user: Visitor) -> User | None:
    """The account behind ``user``, if it is one and active."""
    # Also true of the lazy object that sockets and requests carry.
    return user if isinstance(user, User) and user.is_active else None


def _has_role(room: Room, user: Visitor, *roles: Role) -> bool:
    """Whether ``user`` owns the room or is a member with one of ``roles``."""
    account = signed_in(user)
    if account is None:
        return False
    if room.owner_id == account.pk:
        return True
    return bool(roles) and Membership.objects.filter(room=room, user=account, role__in=roles).exists()


def _is_guest(room: Room, user: Visitor, *roles: GuestRole) -> bool:
    """Whether ``user`` came by a link into this room that is good at this moment."""
    if not isinstance(user, Guest) or user.room_id != room.pk:
        return False
    return GuestLink.objects.good().filter(pk=user.link_id, room=room, role__in=roles).exists()


def _may_by_permission(user: Visitor, action: str) -> bool:
    account = signed_in(user)
    return account is not None and account.is_staff and account.has_perm(f"captions.{action}_segment")


def add_member(room: Room, user: User, role: str) -> Membership:
    """Give an account a role in the room, in place of one it has. Raises :class:`BadField`."""
    if role not in Role.values:
        raise BadField("role", _("A member is a host, a reviewer or a viewer."))
    if user.pk == room.owner_id:
        raise BadField("user", _("The owner may do everything in the room already."))
    membership, _is_new = Membership.objects.update_or_create(room=room, user=user, defaults={"role": role})
    return membership


def remove_member(room: Room, user: User) -> bool:
    """Take an account's role away; ``False`` where it had none."""
    deleted, _rows = Membership.objects.filter(room=room, user=user).delete()
    return deleted > 0


@transaction.atomic
def close_room(room: Room) -> None:
    """Let nobody go on the air; a session that runs is ended. What was said stays."""
    Room.objects.filter(pk=room.pk).update(is_open=False)  # takes the room's lock first
    now = Value(timezone.now(), output_field=DateTimeField())
    Session.objects.running().filter(room=room).update(ended_at=Greatest(now, F("started_at")))
    room.is_open = False


def open_room(room: Room) -> None:
    """Let its hosts go on the air again."""
    Room.objects.filter(pk=room.pk).update(is_open=True)
    room.is_open = True


@transaction.atomic
def delete_room(room: Room) -> None:
    """Delete the room with its sessions, segments and revisions, for ever.

    Raises :class:`SessionStillLive` while somebody is on the air.
    """
    locked = Room.objects.select_for_update().filter(pk=room.pk).first()
    if locked is None:
        return
    if any(session.is_on_air() for session in Session.objects.running().filter(room=locked)):
        raise SessionStillLive
    locked.delete()
