"""Whether those who were let in may stay: asked when something changed, and again every few seconds.

Whoever takes a seat that not everybody may have brings its pass and is shown out when that is void.
A hub that is told ``recheck`` has its room asked at once; the round every
``conf.recheck_interval_s`` notices what no message told: an expiry, a lost message. A database that
is away shows nobody out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog
from django.db import Error as DatabaseFailed

from captions import database
from captions.conf import conf
from captions.errors import CaptionError
from captions.live.tasks import spawn
from captions.models import Room
from captions.services.passes import Pass, members_only, refused

log = structlog.get_logger(__name__)

SECOND_LOOK_S = 1.0
"""What is told may be ahead of what is stored: a sign-out is told before its session is gone."""
AT_ONCE = 16
"""Readers of a room that was just closed to the public who are asked for their pass side by side."""


@dataclass(eq=False, slots=True)
class Place:
    """Somebody who was let in. ``held`` is ``None`` while the room is open to whoever has its link.

    ``ask`` finds a pass for a room that no longer is, or raises why there is none. ``leave`` shows
    out; it does not wait.
    """

    room_id: int
    held: Pass | None
    leave: Callable[[CaptionError], None]
    ask: Callable[[Room], Awaitable[Pass]] | None = None


_places: set[Place] = set()
_wanted: set[int] = set()
_wake = asyncio.Event()
_watch: asyncio.Task[None] | None = None


def admit(place: Place) -> None:
    """Have somebody asked from now on."""
    global _watch, _wake
    _places.add(place)
    if _watch is None or _watch.done():
        _wake = asyncio.Event()
        _watch = spawn(_keep(), name="doorkeeper")


def dismiss(place: Place) -> None:
    """They have left."""
    global _watch
    _places.discard(place)
    if not _places and _watch is not None:
        _watch.cancel()
        _watch = None
        _wanted.clear()


@contextmanager
def admitted(place: Place) -> Iterator[Place]:
    """:func:`admit` until the end of a ``with``."""
    admit(place)
    try:
        yield place
    finally:
        dismiss(place)


def recheck(room_id: int) -> None:
    """Something that passes of this room rest on has changed: look at once. Never waits."""
    if any(place.room_id == room_id for place in _places):
        _look(room_id)
        asyncio.get_running_loop().call_later(SECOND_LOOK_S, _look, room_id)


def _look(room_id: int) -> None:
    _wanted.add(room_id)
    _wake.set()


async def _keep() -> None:
    loop = asyncio.get_running_loop()
    round_at_s = loop.time() + conf.recheck_interval_s
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(round_at_s):
                await _wake.wait()
        rooms = set(_wanted)
        _wake.clear()
        _wanted.clear()
        if is_round := loop.time() >= round_at_s:
            round_at_s = loop.time() + conf.recheck_interval_s
        try:
            await _ask([place for place in _places if is_round or place.room_id in rooms])
        except DatabaseFailed as exc:
            log.warning("recheck_without_database", error=type(exc).__name__)
        except Exception:
            log.exception("recheck_failed")


async def _ask(places: Collection[Place]) -> None:
    """Ask all of these in a handful of queries, and show out who may not stay."""
    held = {place.held for place in places if place.held is not None}
    void = await database.read(refused, held) if held else {}
    for place in places:
        if place.held in void and place in _places:
            _show_out(place, void[place.held])
    open_to_all = [place for place in places if place.held is None and place.ask is not None]
    if not open_to_all:
        return
    closed = await database.read(members_only, {place.room_id for place in open_to_all})
    asked = [place for place in open_to_all if place.room_id in closed]
    for start in range(0, len(asked), AT_ONCE):
        few = asked[start : start + AT_ONCE]
        await asyncio.gather(*(_ask_for_pass(place, closed[place.room_id]) for place in few))


async def _ask_for_pass(place: Place, room: Room) -> None:
    if place.ask is None:
        return
    try:
        place.held = await place.ask(room)
    except CaptionError as exc:
        if place in _places:
            _show_out(place, exc)
    except DatabaseFailed:
        raise
    except Exception:
        log.exception("recheck_failed", room=place.room_id)  # and the others are asked all the same


def _show_out(place: Place, error: CaptionError) -> None:
    log.info("shown_out", room=place.room_id, reason=error.code)
    place.leave(error)
