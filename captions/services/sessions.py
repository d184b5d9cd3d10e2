"""Sessions: claiming the air, keeping it, giving it back.

A worker that speaks for a session holds its *lease*: a token, and a moment until which it counts.
Claiming makes a new token, so a worker that was cut off and comes back can neither store nor renew.
All that writes here takes the room's row first; so do the writers of segments.
"""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import ExpressionWrapper, F, Max, PositiveBigIntegerField
from django.utils import timezone

from captions import languages
from captions.audio import ms_to_samples
from captions.errors import (
    BadField,
    HostTaken,
    LeaseLost,
    NotAllowed,
    NotSignedIn,
    RoomClosed,
    SessionOver,
    SessionStillLive,
    SessionUnknown,
)
from captions.models import Removal, Room, Session
from captions.models.room import TITLE_MAX
from captions.plaintext import clean
from captions.services.rooms import Guest, Visitor, find_room, may_host, signed_in
from captions.words import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Claim:
    """The air of a room, held until the lease runs out.

    ``samples`` is where the audio goes on (index of a sample), ``next_utterance`` the number the
    next utterance gets, ``age_s`` how long ago the session began. ``ended_session_id`` names a
    session that ended by this claim, if one did.
    """

    session_id: uuid.UUID
    room_id: int
    lease: uuid.UUID
    samples: int
    next_utterance: int
    language: str
    resumed: bool
    ended_session_id: uuid.UUID | None = None
    age_s: float = 0.0


def claim(
    *,
    room_slug: str,
    user: Visitor,
    language: str | None = None,
    session_id: uuid.UUID | str | None = None,
    take_over: bool = False,
    is_new: bool = False,
    lease_s: float = 30.0,
    engine: str = "",
    held: uuid.UUID | None = None,
) -> Claim:
    """Take the air of a room for one worker: a new session, or ``session_id`` gone on with.

    A new session needs the air to be free, or ``take_over``; one whose lease has run out is left
    behind and ended. Going on needs the session to be the account's own, or left behind, or
    ``take_over``. ``language`` is the room's by default and the session's when going on.
    ``is_new``: begin ``session_id`` unless it has begun, for a host may not hear that it has.
    ``held`` is the lease a worker has already: if the session still has it, it is kept, so that
    what the worker is just storing is not refused. A guest's own sessions are those of its link.

    Raises, asked in this order: :class:`NotSignedIn`, :class:`RoomNotFound`, :class:`NotAllowed`,
    :class:`RoomClosed`, :class:`BadField` (language), :class:`SessionUnknown`,
    :class:`SessionOver`, :class:`HostTaken`.
    """
    host = user if isinstance(user, Guest) else signed_in(user)
    if host is None:
        raise NotSignedIn
    room = find_room(room_slug)
    if not may_host(room, host):
        raise NotAllowed
    with transaction.atomic():
        room = Room.objects.select_for_update(no_key=True).get(pk=room.pk)
        if not room.is_open:
            raise RoomClosed
        own_id = _uuid(session_id) if session_id is not None else None
        if own_id is not None and not (is_new and not Session.objects.filter(pk=own_id).exists()):
            return _go_on(room, host, own_id, take_over, lease_s, held)
        return _begin(room, host, language, take_over, lease_s, engine, own_id or uuid.uuid4())


def _begin(
    room: Room,
    host: User | Guest,
    language: str | None,
    take_over: bool,
    lease_s: float,
    engine: str,
    session_id: uuid.UUID,
) -> Claim:
    language = languages.normalise(language) if language else room.language
    now = timezone.now()
    running = Session.objects.running().filter(room=room).first()
    if running is not None:
        if running.is_on_air(now) and not take_over:
            raise HostTaken(session_id=str(running.pk))
        _close(running, now)
    session = Session.objects.create(
        id=session_id,
        room=room,
        **_host_fields(host),
        language=language,
        engine=engine[:100],
        lease=uuid.uuid4(),
        lease_until=now + dt.timedelta(seconds=lease_s),
        started_at=now,
    )
    return _claimed(session, resumed=False, ended=running)


def _go_on(
    room: Room,
    host: User | Guest,
    session_id: uuid.UUID,
    take_over: bool,
    lease_s: float,
    held: uuid.UUID | None,
) -> Claim:
    session = Session.objects.filter(pk=session_id, room=room).first()
    if session is None:
        raise SessionUnknown
    if session.is_over:
        raise SessionOver
    now = timezone.now()
    if not is_of(session, host) and session.is_on_air(now) and not take_over:
        raise HostTaken(session_id=str(session.pk))
    if held is None or session.lease != held:
        session.lease = uuid.uuid4()
    session.lease_until = now + dt.timedelta(seconds=lease_s)
    for name, value in _host_fields(host).items():
        setattr(session, name, value)
    session.save(update_fields=["lease", "lease_until", "host", "guest_link"])
    return _claimed(session, resumed=True)


def _host_fields(host: User | Guest) -> dict[str, Any]:
    if isinstance(host, Guest):
        return {"host_id": None, "guest_link_id": host.link_id}
    return {"host_id": host.pk, "guest_link_id": None}


def is_of(session: Session, host: User | Guest) -> bool:
    """Whether ``host`` is who speaks in the session: the same account, or a guest by the same link."""
    if isinstance(host, Guest):
        return session.guest_link_id == host.link_id
    return session.host_id == host.pk


def _claimed(session: Session, *, resumed: bool, ended: Session | None = None) -> Claim:
    samples, next_utterance = (_stored(session)) if resumed else (0, 1)
    assert session.lease is not None  # noqa: S101  (set by both callers)
    return Claim(
        session_id=session.pk,
        room_id=session.room_id,
        lease=session.lease,
        samples=samples,
        next_utterance=next_utterance,
        language=session.language,
        resumed=resumed,
        ended_session_id=ended.pk if ended else None,
        age_s=max(0.0, (timezone.now() - session.started_at).total_seconds()),
    )


def _stored(session: Session) -> tuple[int, int]:
    """Sample index behind all that is stored or known to be silent, and the next utterance."""
    end_ms = ExpressionWrapper(F("offset_ms") + F("duration_ms"), output_field=PositiveBigIntegerField())
    found = session.segments.aggregate(end_ms=Max(end_ms), utterance=Max("utterance"))
    samples = max(ms_to_samples(found["end_ms"] or 0), session.safe_samples)
    return samples, (found["utterance"] or 0) + 1


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
    except ValueError as exc:
        raise SessionUnknown from exc


def _close(session: Session, now: dt.datetime) -> None:
    """End a session from elsewhere; its worker keeps the lease to store what was said until now.

    One that was left behind ended when its lease did.
    """
    ended_at = min(now, session.lease_until or now)
    session.ended_at = max(session.started_at, ended_at)
    session.save(update_fields=["ended_at"])


def renew(session_id: uuid.UUID, lease: uuid.UUID, lease_s: float, safe_samples: int | None = None) -> None:
    """Hold the session for ``lease_s`` more; with ``safe_samples``, note that nothing is pending before.

    Raises :class:`LeaseLost` when another worker has it, or when it was ended or deleted from
    elsewhere; the message says which.
    """
    changes: dict[str, object] = {"lease_until": timezone.now() + dt.timedelta(seconds=lease_s)}
    if safe_samples is not None:
        changes["safe_samples"] = safe_samples
    if Session.objects.running().filter(pk=session_id, lease=lease).update(**changes):
        return
    if Session.objects.filter(pk=session_id, lease=lease).exists():
        raise LeaseLost("This session was ended: the room was closed, or somebody else took over.")
    raise LeaseLost


def release(session_id: uuid.UUID, lease: uuid.UUID) -> None:
    """Let go of the air without ending the session: whoever claims next need not wait.

    Does nothing where another worker has the session.
    """
    Session.objects.running().filter(pk=session_id, lease=lease).update(lease_until=timezone.now())


@transaction.atomic
def end(session_id: uuid.UUID, lease: uuid.UUID | None = None) -> int:
    """End a session and count its speech segments; again, and it says the same.

    With its ``lease`` this is the worker's last word: nothing can be stored afterwards. Without,
    somebody else ends it (an owner, an administrator), and the worker may still store its tail.
    Raises :class:`SessionUnknown`, and :class:`LeaseLost` where another worker has it.
    """
    session = locked_session(session_id)
    if lease is not None and session.lease not in (lease, None):
        raise LeaseLost
    if session.ended_at is None:
        session.ended_at = max(session.started_at, timezone.now())
    if lease is not None:
        session.lease = session.lease_until = None
    session.save(update_fields=["ended_at", "lease", "lease_until"])
    return session.segments.speech().count()


@transaction.atomic
def take_back(session_id: uuid.UUID, lease: uuid.UUID) -> None:
    """Undo a session that never came to anything: its worker ends it, and without segments it goes.

    Raises what :func:`end` does.
    """
    if end(session_id, lease) == 0:
        Session.objects.filter(pk=session_id, segments=None).delete()


def rename(session: Session, title: str) -> Session:
    """Give a session a title; an empty one takes it away. Raises :class:`BadField`."""
    title = clean(title)
    if len(title) > TITLE_MAX:
        raise BadField(
            "title",
            _("A title has %(most)s characters at most; this one has %(length)s."),
            most=TITLE_MAX,
            length=len(title),
        )
    session.title = title
    session.save(update_fields=["title"])
    return session


@transaction.atomic
def delete(session: Session) -> int:
    """Delete a session with its segments and their revisions, for ever; the version it takes.

    The room's version goes on, so readers learn of it, and no number is used twice. Raises
    :class:`SessionStillLive` for one that has not ended, :class:`SessionUnknown` for one that is gone.
    """
    found = locked_session(session.pk)
    if not found.is_over:
        raise SessionStillLive
    version = next_version(found.room_id)
    Removal.objects.create(room_id=found.room_id, session_id=found.pk, version=version)
    found.delete()
    return version


def running(room: Room) -> Session | None:
    """The room's session that has not ended, on the air or left behind."""
    return Session.objects.running().filter(room=room).select_related("host", "guest_link").first()


def is_running(session_id: uuid.UUID | str) -> bool:
    """Whether there is such a session and it has not ended."""
    with suppress(SessionUnknown):
        return Session.objects.running().filter(pk=_uuid(session_id)).exists()
    return False


def is_live(room_id: int) -> bool:
    """Whether somebody is on the air in the room at this moment."""
    return Session.objects.running().filter(room_id=room_id, lease_until__gt=timezone.now()).exists()


def next_version(room_id: int) -> int:
    """Take the room's next version; it is the caller's from here to the end of the transaction."""
    Room.objects.filter(pk=room_id).update(version=F("version") + 1)
    return Room.objects.values_list("version", flat=True).get(pk=room_id)


def locked_session(session_id: uuid.UUID) -> Session:
    """The session, with its room's row locked before it is read."""
    list(Room.objects.select_for_update(of=("self",), no_key=True).filter(sessions=session_id))
    try:
        return Session.objects.get(pk=session_id)
    except Session.DoesNotExist as exc:
        raise SessionUnknown from exc
