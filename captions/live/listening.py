"""A room's finals read out: made by whoever is asked first, in whichever process, and heard by all.

Nothing is made that nobody asks for, and only what has just been said.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic
from uuid import UUID

import structlog
from django.db import Error as DatabaseFailed

from captions import database
from captions.conf import conf
from captions.errors import CaptionError, ReadingFailed
from captions.live.shared import Shared
from captions.live.speaking import Order
from captions.live.whole import transport_of, whole
from captions.models import Room
from captions.services import listening
from captions.services.listening import Made, Making, Mine
from captions.services.speakers import Speaker
from captions.tts.speech import Speech

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.2
"""Between two looks at what another process makes."""

_Key = tuple[UUID, int]
_making: Shared[_Key, Made] = Shared("reading")


async def reading_of(room: Room, segment_id: UUID, number: int) -> Made:
    """A final of a room, by one of the voices that are offered there.

    Raises ``ListeningOff``, ``ReadingPast``, ``ReadingFailed`` and ``ListeningUsedUp``.
    """
    return await _making.get((segment_id, number), partial(_get, room, segment_id, number))


async def _get(room: Room, segment_id: UUID, number: int) -> Made:
    give_up_at_s = monotonic() + 2 * conf.reading_made_s
    fresh_s, made_s = conf.reading_fresh_s, conf.reading_made_s
    look = partial(listening.look, room, segment_id=segment_id, number=number, fresh_s=fresh_s, made_s=made_s)
    claim = partial(
        listening.claim,
        room,
        segment_id=segment_id,
        number=number,
        fresh_s=fresh_s,
        made_s=made_s,
        kept_s=conf.reading_kept_s,
    )
    while monotonic() < give_up_at_s:
        found: Made | Mine | Making | None = await database.read(look)
        if found is None:
            found = await database.write(claim)
        if isinstance(found, Made):
            return found
        if isinstance(found, Mine):
            return await _make(found)
        await asyncio.sleep(LOOK_EVERY_S)
    raise ReadingFailed


async def _make(mine: Mine) -> Made:
    speech = Speech(
        provider=mine.voice.provider,
        transport=transport_of(mine.voice.provider),
        text=mine.text,
        voice=mine.voice.id,
        language=mine.voice.language,
    )
    order = Order(
        speech=speech,
        speaker=Speaker(mine.owner_id, session_key=None),
        keep=False,
        room_id=mine.room_id,
    )
    try:
        async with _turns.one_of(mine.room_id), asyncio.timeout(conf.reading_made_s):
            made = await whole(order)
    except (CaptionError, DatabaseFailed, TimeoutError) as exc:
        code = exc.code if isinstance(exc, CaptionError) else "reading.late"
        log.warning("reading_failed", room=mine.room_id, provider=mine.voice.provider, error=code)
        await database.write(listening.fail, mine, code=code)
        raise ReadingFailed from None
    await database.write(listening.finish, mine, data=made.data, media_type=made.media_type)
    return Made(made.data, made.media_type)


class _Turns:
    """A room has so many captions read out at once; the others wait, in order."""

    def __init__(self) -> None:
        self._rooms: dict[int, asyncio.Semaphore] = {}
        self._users: Counter[int] = Counter()

    @asynccontextmanager
    async def one_of(self, room_id: int) -> AsyncIterator[None]:
        """A turn, once there is one."""
        self._users[room_id] += 1
        if self._users[room_id] == 1:
            self._rooms[room_id] = asyncio.Semaphore(conf.tts_at_once_per_user)
        try:
            async with self._rooms[room_id]:
                yield
        finally:
            self._users[room_id] -= 1
            if not self._users[room_id]:
                del self._users[room_id], self._rooms[room_id]


_turns = _Turns()
