"""What hubs tell each other over the channel layer. Texts travel encoded and are handed on as they are."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from captions.live.outbox import INTERIM, Outgoing

TYPE = "room.told"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class RoomEvent:
    """Something that happened in a room, as viewers are told it, and hosts (the same where ``None``).

    ``session`` is whose it is. ``live`` says whether somebody is on the air from now on, where that
    changes; ``closed`` that the room is closed, so that viewers are let go; ``blank`` that an interim
    came to nothing.
    """

    out: Outgoing
    host: Outgoing | None = None
    session: str = ""
    live: bool | None = None
    closed: bool = False
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A worker has taken the room's air with this session and lease; for the workers that had it."""

    session: str
    lease: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """Who may be in the room has changed; for whoever keeps its doors."""


def utterance_key(session: object, utterance: object) -> str:
    """What joins an interim and the final that ends it."""
    return f"{session}/{utterance}"


def to_wire(told: RoomEvent | Claimed | Recheck, origin: str = "") -> dict[str, Any]:
    """Plain values for any layer's serialiser. ``origin`` is who says it, and need not hear it."""
    if isinstance(told, Claimed):
        return {"type": TYPE, "origin": origin, "claimed": [told.session, told.lease]}
    if isinstance(told, Recheck):
        return {"type": TYPE, "origin": origin, "recheck": True}
    return {
        "type": TYPE,
        "origin": origin,
        "out": _flat(told.out),
        "host": _flat(told.host) if told.host is not None else None,
        "session": told.session,
        "live": told.live,
        "closed": told.closed,
        "blank": told.blank,
    }


def interim_key(message: dict[str, Any]) -> str:
    """The utterance of a message of ours that is an interim; empty for any other."""
    type_, _, key, _ = message.get("out") or ("", "", "", 0)
    return str(key) if type_ == INTERIM else ""


def from_wire(message: dict[str, Any]) -> RoomEvent | Claimed | Recheck | None:
    """The other way; ``None`` for what another release of ours may say."""
    try:
        if claimed := message.get("claimed"):
            session, lease = claimed
            return Claimed(_is(str, session), _is(str, lease))
        if message.get("recheck"):
            return Recheck()
        host, live = message["host"], message["live"]
        return RoomEvent(
            out=_outgoing(message["out"]),
            host=None if host is None else _outgoing(host),
            session=_is(str, message["session"]),
            live=None if live is None else _is(bool, live),
            closed=_is(bool, message["closed"]),
            blank=_is(bool, message["blank"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _flat(out: Outgoing) -> list[Any]:
    return [out.type, out.text, out.key, out.version]


def _outgoing(flat: list[Any]) -> Outgoing:
    type_, text, key, version = flat
    # Clocks of two machines cannot be compared: here it came now.
    came_at_s = monotonic() if type_ == "final" else 0.0
    return Outgoing(
        _is(str, type_),
        _is(str, text),
        key=_is(str, key),
        version=_is(int, version),
        came_at_s=came_at_s,
    )


def _is(kind: type[T], value: object) -> T:
    """The value, if it is of this kind: what is let in here is counted and compared by every hub."""
    if isinstance(value, kind):
        return value
    raise TypeError
