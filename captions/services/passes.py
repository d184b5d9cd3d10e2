"""Who comes, what lets them into a room, and whether it still does.

A browser brings a cookie; behind it are an account, guest links, both or neither (:class:`Caller`).
Who is let in by it holds a :class:`Pass`, and :func:`refused` asks of many passes at once which of
them are void by now.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session as SignIn
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from captions.errors import (
    CaptionError,
    EmbedRefused,
    GuestLinkOver,
    NotAllowed,
    NotSignedIn,
    OverlayLinkOver,
    OverlayLinkUnknown,
)
from captions.models import (
    Access,
    AllowedOrigin,
    GuestLink,
    GuestRole,
    Membership,
    OverlayLink,
    Role,
    Room,
)
from captions.origins import Origin, matches, parse
from captions.services import embedding, guests, overlays
from captions.services.rooms import Guest, Visitor, may_host, may_view, signed_in
from captions.words import gettext_noop as _

LINKS_KEY = "guest_links"
"""Where a sign-in session keeps the ids of the guest links that were followed."""
LINKS_MAX = 20

_NOT_A_HOST = _("This account may not speak in this room. Its owner can add you as a host.")
_NOT_A_HOSTS_LINK = _("Your guest link is for reading along. Ask the person who sent it for one to speak.")
NOT_A_MEMBER = _("This room is for its members only. If you are one, sign in with your account.")
NOT_TO_EMBED = _(
    "This room is for its members only. Only rooms open to whoever has the link can be embedded."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """What a browser's cookie stands for. ``links`` are ids of guest links, in the order followed."""

    account: Visitor = None
    session_key: str = ""
    links: tuple[uuid.UUID, ...] = ()

    @property
    def is_stranger(self) -> bool:
        return signed_in(self.account) is None and not self.links


@dataclass(frozen=True, slots=True)
class Pass:
    """What somebody was let into a room by: an account that is signed in, a guest or an overlay link.

    Or it is a page of another site: then ``origin`` must be allowed, in a room that is open to whoever has
    its link. An overlay's is asked for in a room for everyone, too: its link may be revoked there as well.
    """

    room_id: int
    speaks: bool
    user_id: int | None = None
    session_key: str = ""
    origin: str = ""
    link_id: uuid.UUID | None = None
    overlay_id: uuid.UUID | None = None


def link_ids(kept: object) -> tuple[uuid.UUID, ...]:
    """The ids that a session keeps under :data:`LINKS_KEY`; what is none is left out."""
    found = []
    for each in kept if isinstance(kept, list) else []:
        try:
            found.append(uuid.UUID(str(each)))
        except ValueError:
            continue
    return tuple(found[-LINKS_MAX:])


def speaker(room: Room, caller: Caller) -> User | Guest:
    """As whom this caller may send audio: the account before a guest.

    Raises :class:`NotSignedIn`, :class:`NotAllowed`.
    """
    for visitor in _visitors(room, caller):
        if isinstance(visitor, User | Guest) and may_host(room, visitor):
            return visitor
    raise _refusal(room, caller, NotAllowed(_NOT_A_HOST), NotAllowed(_NOT_A_HOSTS_LINK))


def reader(room: Room, caller: Caller) -> Visitor:
    """As whom this caller may read along. Raises :class:`NotSignedIn`, :class:`NotAllowed`."""
    for visitor in _visitors(room, caller):
        if may_view(room, visitor):
            return visitor
    raise _refusal(room, caller, NotAllowed(NOT_A_MEMBER), NotAllowed())


def come_in(room: Room, caller: Caller) -> Visitor:
    """:func:`reader`, for a page: that a guest came is remembered."""
    return _noted(reader(room, caller))


def come_to_speak(room: Room, caller: Caller) -> User | Guest:
    """:func:`speaker`, for a page: that a guest came is remembered."""
    visitor = speaker(room, caller)
    _noted(visitor)
    return visitor


def _noted(visitor: Visitor) -> Visitor:
    if isinstance(visitor, Guest):
        guests.note_use(visitor.link_id)
    return visitor


def may_speak(room: Room, caller: Caller) -> bool:
    """Whether to offer this caller to go on the air."""
    return any(may_host(room, visitor) for visitor in _visitors(room, caller))


def _visitors(room: Room, caller: Caller) -> Iterator[Visitor]:
    yield caller.account
    for link in guests.brought(room, caller.links):
        if link.is_good():
            yield guests.guest(link)


def _refusal(room: Room, caller: Caller, account: NotAllowed, guest: NotAllowed) -> CaptionError:
    links = guests.brought(room, caller.links)
    if links:
        return guest if links[0].is_good() else guests.over(links[0])
    return account if signed_in(caller.account) is not None else NotSignedIn()


def host_pass(room: Room, caller: Caller) -> tuple[User | Guest, Pass]:
    """As whom a host is let in, and its pass. Raises as :func:`speaker`."""
    visitor = speaker(room, caller)
    return visitor, _made(room, caller, visitor, speaks=True)


def view_pass(room: Room, caller: Caller) -> Pass:
    """A reader's pass for a room that is not for everyone. Raises as :func:`reader`."""
    return _made(room, caller, reader(room, caller), speaks=False)


def overlay_pass(room: Room, token: str) -> Pass:
    """The pass of an overlay that came with a token. Raises as :func:`overlays.follow`."""
    return Pass(room.pk, speaks=False, overlay_id=overlays.follow(room, token).pk)


def embed_pass(room: Room, origin: Origin) -> Pass:
    """The pass of a page of another site. Raises :class:`NotAllowed`, :class:`EmbedRefused`."""
    if not room.is_public:
        raise NotAllowed(NOT_TO_EMBED)
    if not embedding.may_embed(room.pk, origin):
        raise EmbedRefused(str(origin))
    return Pass(room.pk, speaks=False, origin=str(origin))


def _made(room: Room, caller: Caller, visitor: Visitor, *, speaks: bool) -> Pass:
    if isinstance(visitor, Guest):
        return Pass(room.pk, speaks, link_id=visitor.link_id)
    account = signed_in(visitor)
    user_id = account.pk if account is not None else None
    return Pass(room.pk, speaks, user_id=user_id, session_key=caller.session_key)


# --- asking again ---


def members_only(room_ids: Collection[int]) -> dict[int, Room]:
    """Those of these rooms that are not open to whoever has their link."""
    return {room.pk: room for room in Room.objects.filter(pk__in=room_ids, access=Access.MEMBERS)}


def refused(passes: Collection[Pass]) -> dict[Pass, CaptionError]:
    """The passes that are void by now, each with why. A handful of queries, however many there are.

    A room that is gone is left out: whoever is in it is told that.
    """
    rooms = Room.objects.in_bulk({each.room_id for each in passes})
    asked = [each for each in passes if each.room_id in rooms]
    asked = [
        each
        for each in asked
        if each.speaks or each.origin or each.overlay_id or not rooms[each.room_id].is_public
    ]
    known = _Known(asked)
    return {each: error for each in asked if (error := known.why_not(each, rooms[each.room_id])) is not None}


class _Known:
    """All that passes rest on, as it is at this moment."""

    def __init__(self, passes: Iterable[Pass]) -> None:
        passes = list(passes)
        users = {each.user_id for each in passes if each.user_id is not None}
        keys = {each.session_key for each in passes if each.session_key}
        links = {each.link_id for each in passes if each.link_id is not None}
        overlay_ids = {each.overlay_id for each in passes if each.overlay_id is not None}
        self._links = GuestLink.objects.in_bulk(links) if links else {}
        self._overlays = OverlayLink.objects.in_bulk(overlay_ids) if overlay_ids else {}
        self._patterns: dict[int, list[str]] = {}
        if embedded := {each.room_id for each in passes if each.origin}:
            allowed = AllowedOrigin.objects.filter(room__in=embedded)
            for room_id, pattern in allowed.values_list("room_id", "pattern"):
                self._patterns.setdefault(room_id, []).append(pattern)
        self._roles: dict[tuple[int, int], str] = {}
        if users:
            rooms = {each.room_id for each in passes}
            members = Membership.objects.filter(room__in=rooms, user__in=users)
            self._roles = {
                (room_id, user_id): role
                for room_id, user_id, role in members.values_list("room_id", "user_id", "role")
            }
        # After what rests on them: an account that is deleted meanwhile is gone, not one without a role.
        self._users = User.objects.in_bulk(users) if users else {}
        self._sign_ins = SignIn.objects.filter(expire_date__gt=timezone.now()).in_bulk(keys) if keys else {}

    def why_not(self, held: Pass, room: Room) -> CaptionError | None:
        """Why a pass is void; ``None`` where it is good."""
        if held.overlay_id is not None:
            return self._why_no_overlay(held.overlay_id, room)
        if held.origin:
            return self._why_no_embed(held, room)
        if held.link_id is not None:
            return self._why_no_guest(held, room)
        user = self._users.get(held.user_id) if held.user_id is not None else None
        if user is None or not user.is_active or not self._is_signed_in(user, held.session_key):
            return NotSignedIn()
        if room.owner_id == user.pk:
            return None
        role = self._roles.get((room.pk, user.pk))
        if held.speaks:
            return None if role == Role.HOST else NotAllowed(_NOT_A_HOST)
        # What else lets staff in is asked one by one, for it is seldom needed.
        return None if role is not None or may_view(room, user) else NotAllowed(NOT_A_MEMBER)

    def _why_no_guest(self, held: Pass, room: Room) -> CaptionError | None:
        link = self._links.get(held.link_id) if held.link_id is not None else None
        if link is None or link.room_id != room.pk:
            return NotAllowed(GuestLinkOver.sentence)
        if not link.is_good():
            return guests.over(link)
        return NotAllowed(_NOT_A_HOSTS_LINK) if held.speaks and link.role != GuestRole.HOST else None

    def _why_no_overlay(self, link_id: uuid.UUID, room: Room) -> CaptionError | None:
        link = self._overlays.get(link_id)
        if link is None or link.room_id != room.pk:
            return OverlayLinkUnknown()
        return OverlayLinkOver() if link.is_revoked else None

    def _why_no_embed(self, held: Pass, room: Room) -> CaptionError | None:
        if not room.is_public:
            return NotAllowed(NOT_TO_EMBED)
        origin = parse(held.origin)
        patterns = self._patterns.get(room.pk, [])
        is_allowed = origin is not None and any(matches(pattern, origin) for pattern in patterns)
        return None if is_allowed else EmbedRefused(held.origin)

    def _is_signed_in(self, user: User, session_key: str) -> bool:
        row = self._sign_ins.get(session_key)
        return row is not None and _is_sign_in_of(user, row)


def sign_in_holds(user: User, session_key: str) -> bool:
    """Whether an account is still active and signed in by the session of this key."""
    row = SignIn.objects.filter(expire_date__gt=timezone.now(), pk=session_key).first()
    return user.is_active and row is not None and _is_sign_in_of(user, row)


def _is_sign_in_of(user: User, row: SignIn) -> bool:
    """Whether a session is this account's, and is of its present password."""
    kept = row.get_decoded()
    mark = str(kept.get(HASH_SESSION_KEY, ""))
    good = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return kept.get(SESSION_KEY) == str(user.pk) and any(constant_time_compare(mark, each) for each in good)
