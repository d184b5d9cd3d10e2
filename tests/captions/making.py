"""Rows and captions that are right until a test spoils one field."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections
from django.utils import timezone

from captions.models import GuestLink, Kind, OverlayLink, Room, Segment, Session, Try
from captions.relay.captions import FinalCaption, GapCaption
from captions.services import overlays
from captions.services.guests import make_link
from captions.services.sessions import Claim, claim
from captions.stt.events import Word


def final(utterance: int = 1, text: str = "good evening", **spoil: Any) -> FinalCaption:
    """Two words a second, one second after another."""
    offset_ms = 1000 * (utterance - 1)
    fields: dict[str, Any] = {
        "utterance": utterance,
        "text": text,
        "offset_ms": offset_ms,
        "duration_ms": 1000,
        "confidence": 0.9,
        "language": "en-US",
        "words": (
            Word("good", offset_ms, 400, 0.8),
            Word("evening", offset_ms + 500, 500, None),
        ),
        "upstream_ref": "seg-1",
    }
    return FinalCaption(**fields | spoil)


def gap(utterance: int = 1, **spoil: Any) -> GapCaption:
    fields = {"utterance": utterance, "offset_ms": 1000 * (utterance - 1), "duration_ms": 1000}
    return GapCaption(**fields | spoil)


def on_air(room: Room, user: Any = None, **more: Any) -> Claim:
    """A claim of the room by its owner, or by ``user``."""
    return claim(**{"room_slug": room.slug, "user": user or room.owner, "lease_s": 30.0} | more)


def guest_link(room: Room, **spoil: Any) -> GuestLink:
    """An hour's link to speak."""
    fields = {
        "room": room,
        "label": "Anna's laptop",
        "role": "host",
        "lifetime_s": 3600,
        "made_by": room.owner,
    }
    return make_link(**fields | spoil)


def overlay_link(room: Room, **spoil: Any) -> OverlayLink:
    """A link for an overlay."""
    return overlays.make_link(**{"room": room, "label": "OBS in the hall", "made_by": room.owner} | spoil)


def session_row(room: Room, **spoil: Any) -> Session:
    started_at = spoil.get("ended_at") or timezone.now()
    return Session.objects.create(
        **{"room": room, "language": "en-US", "started_at": started_at - dt.timedelta(seconds=1)} | spoil
    )


def segment_row(session: Session, **spoil: Any) -> Segment:
    """A segment straight into the table, past the services."""
    number = Segment.objects.filter(room_id=session.room_id).count() + 1
    fields: dict[str, Any] = {
        "room_id": session.room_id,
        "session": session,
        "utterance": number,
        "kind": Kind.SPEECH,
        "machine_text": "good evening",
        "text": "good evening",
        "language": "en-US",
        "offset_ms": 1000 * number,
        "duration_ms": 1000,
        "version": number,
    }
    return Segment.objects.create(**fields | spoil)


def gap_row(session: Session, **spoil: Any) -> Segment:
    return segment_row(session, **{"kind": Kind.GAP, "machine_text": "", "text": ""} | spoil)


def at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """What each call returned or raised, all of them begun together on threads of their own."""
    calls = list(calls)
    start = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=10)
            results[index] = call()
        except Exception as exc:
            results[index] = exc
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(i, call)) for i, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


NOBODY = uuid.UUID(int=0)


def try_row(owner: Any, text: str = "Good evening.", **spoil: Any) -> Try:
    """A kept try, past the services."""
    speech = {"provider": "voxnexus", "transport": "websocket", "text": text, "voice": "vl-xiaoxiao"}
    fields: dict[str, Any] = {
        "owner": owner,
        "speech": speech | {"language": "", "options": {}},
        "provider": "voxnexus",
        "voice": "vl-xiaoxiao",
        "characters": len(text),
        "ended": "done",
    }
    return Try.objects.create(**fields | spoil)
