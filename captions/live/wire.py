"""What hubs tell each other over the channel layer. Texts travel encoded and are handed on as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from captions.live.outbox import Outgoing

TYPE = "room.told"


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


def utterance_key(session: object, utterance: object) -> str:
    """What joins an interim and the final that ends it."""
    return f"{session}/{utterance}"


def to_wire(told: RoomEvent | Claimed, origin: str = "") -> dict[str, Any]:
    """Plain values for any layer's serialiser. ``origin`` is who says it, and need not hear it."""
    if isinstance(told, Claimed):
        return {"type": TYPE, "origin": origin, "claimed": [told.session, told.lease]}
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


def from_wire(message: dict[str, Any]) -> RoomEvent | Claimed | None:
    """The other way; ``None`` for what another release of ours may say."""
    try:
        if claimed := message.get("claimed"):
            return Claimed(*claimed)
        host = message["host"]
        return RoomEvent(
            out=_outgoing(message["out"]),
            host=None if host is None else _outgoing(host),
            session=message["session"],
            live=message["live"],
            closed=message["closed"],
            blank=message["blank"],
        )
    except (KeyError, TypeError, ValueError):
        return None


def _flat(out: Outgoing) -> list[Any]:
    return [out.type, out.text, out.key, out.version]


def _outgoing(flat: list[Any]) -> Outgoing:
    type_, text, key, version = flat
    return Outgoing(type_, text, key=key, version=version)
