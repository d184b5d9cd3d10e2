"""Captions read out to a room's readers: by which voices, each final once a voice, and what it costs.

The owner lets it be spoken, so the characters are the owner's, counted for the room as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from captions.errors import BadField, ListeningOff, ListeningUsedUp, ReadingFailed, ReadingPast
from captions.models import Kind, Listening, Reading, ReadOut, Room, Segment
from captions.services.speakers import may_speak
from captions.services.usage import day_of
from captions.words import gettext_noop as _

MOST_VOICES: Final = 4
"""Each one that somebody listens to costs every caption once more."""
MOST_CHARACTERS: Final = 10_000_000
DONE: Final = "done"

NO_VOICE: Final = _("Choose at least one voice, or readers have nothing to listen to.")
TOO_MANY_VOICES: Final = _("Choose %(most)s voices at most: each one costs every caption once more.")


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that readers may choose."""

    provider: str
    id: str
    name: str
    language: str = ""

    def as_json(self) -> dict[str, str]:
        """As it is kept, and told to pages."""
        return {"provider": self.provider, "id": self.id, "name": self.name, "language": self.language}


@dataclass(frozen=True, slots=True)
class Made:
    """A reading that can be heard."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Mine:
    """A reading that whoever asked is to make; ``text`` is counted for the room already."""

    reading_id: int
    room_id: int
    owner_id: int
    voice: Voice
    text: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Making:
    """Another process makes it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Characters read out in a room: today, in all, and how many a day there may be."""

    today: int
    in_all: int
    per_day: int


def of_room(room: Room) -> Listening:
    """How it is set; a room where nobody ever set anything has it off."""
    return Listening.objects.filter(room=room).first() or Listening(room=room)


def voices_of(listening: Listening) -> tuple[Voice, ...]:
    """Those that are offered, whatever is kept."""
    return tuple(voice for each in listening.voices if (voice := _voice(each)) is not None)


def offered(room: Room) -> tuple[Voice, ...]:
    """The voices that readers of a room may choose from now."""
    listening = of_room(room)
    return voices_of(listening) if listening.is_on else ()


def change(room: Room, *, is_on: bool, voices: Sequence[Voice], characters_per_day: int) -> Listening:
    """Set it. Raises ``BadField``."""
    if is_on and not voices:
        raise BadField("voices", NO_VOICE)
    if len(voices) > MOST_VOICES:
        raise BadField("voices", TOO_MANY_VOICES, most=MOST_VOICES)
    values = {
        "is_on": is_on,
        "voices": [voice.as_json() for voice in voices],
        "characters_per_day": characters_per_day,
    }
    listening, _created = Listening.objects.update_or_create(room=room, defaults=values)
    return listening


def cost(room: Room, *, now: dt.datetime | None = None) -> Cost:
    """What it has cost."""
    day, _resets_at = day_of(now)
    rows = ReadOut.objects.filter(room=room)
    return Cost(rows.filter(day=day).total(), rows.total(), of_room(room).characters_per_day)


def look(room: Room, *, segment_id: UUID, number: int, fresh_s: float, made_s: float) -> Made | Making | None:
    """The reading of a final by the ``number``-th voice (from 0); ``None`` where it may be claimed.

    Changes nothing, so that whoever asks for what is not to be read holds up nobody. Raises ``ListeningOff``,
    ``ReadingPast`` and ``ReadingFailed``.
    """
    now = timezone.now()
    _listening, voice = _offer(room, number)
    segment = _segment(room, segment_id)
    reading = Reading.objects.filter(segment=segment, provider=voice.provider, voice=voice.id).first()
    if reading is not None and not reading.is_stale(now, made_s):
        return _made(reading)
    if (now - segment.created_at).total_seconds() > fresh_s:
        raise ReadingPast
    return None


@transaction.atomic
def claim(
    room: Room,
    *,
    segment_id: UUID,
    number: int,
    fresh_s: float,
    made_s: float,
    kept_s: float,
    now: dt.datetime | None = None,
) -> Made | Mine | Making:
    """The reading of a final by the ``number``-th voice (from 0), or whose it is to make it.

    Raises ``ListeningOff``, ``ReadingPast``, ``ReadingFailed`` and ``ListeningUsedUp``.
    """
    now = now or timezone.now()
    listening, voice = _offer(room, number)
    segment = _segment(room, segment_id)
    key = {"segment": segment, "provider": voice.provider, "voice": voice.id}
    reading = Reading.objects.select_for_update().filter(**key).first()
    if reading is not None and not reading.is_stale(now, made_s):
        return _made(reading)
    if (now - segment.created_at).total_seconds() > fresh_s:
        raise ReadingPast
    Reading.objects.filter(begun_at__lt=now - dt.timedelta(seconds=kept_s)).delete()
    day = _count(listening, len(segment.text), now)
    reading, is_mine = Reading.objects.get_or_create(**key, defaults={"begun_at": now})
    if not is_mine and not reading.is_stale(now, made_s):
        _take_back(room.pk, day, len(segment.text))
        return _made(reading)
    Reading.objects.filter(pk=reading.pk).update(begun_at=now)
    return Mine(reading.pk, room.pk, listening.room.owner_id, voice, segment.text, day)


def finish(mine: Mine, *, data: bytes, media_type: str) -> None:
    """It can be heard."""
    Reading.objects.filter(pk=mine.reading_id).update(data=data, media_type=media_type, ended=DONE)


@transaction.atomic
def fail(mine: Mine, *, code: str) -> None:
    """It could not be made; nobody tries it again, and the room's count is what it was."""
    Reading.objects.filter(pk=mine.reading_id).update(ended=code)
    _take_back(mine.room_id, mine.day, len(mine.text))


def purge(*, before: dt.date) -> int:
    """Forget what was read out on days before this one; how many rows that were."""
    deleted, _by_model = ReadOut.objects.filter(day__lt=before).delete()
    return deleted


def _offer(room: Room, number: int) -> tuple[Listening, Voice]:
    listening = Listening.objects.select_related("room__owner").filter(room=room, is_on=True).first()
    voices = voices_of(listening) if listening is not None else ()
    if listening is None or not 0 <= number < len(voices) or not may_speak(listening.room.owner):
        raise ListeningOff
    return listening, voices[number]


def _segment(room: Room, segment_id: UUID) -> Segment:
    segment = Segment.objects.filter(pk=segment_id, room=room, kind=Kind.SPEECH).first()
    if segment is None or not segment.text.strip():
        raise ReadingPast
    return segment


def _made(reading: Reading) -> Made | Making:
    if not reading.ended:
        return Making()
    if reading.ended != DONE:
        raise ReadingFailed
    return Made(bytes(reading.data), reading.media_type)


def _count(listening: Listening, characters: int, now: dt.datetime) -> dt.date:
    day, _resets_at = day_of(now)
    row, _created = ReadOut.objects.select_for_update().get_or_create(room_id=listening.pk, day=day)
    if row.characters + characters > listening.characters_per_day:
        raise ListeningUsedUp
    ReadOut.objects.filter(pk=row.pk).update(characters=F("characters") + characters)
    return day


def _take_back(room_id: int, day: dt.date, characters: int) -> None:
    ReadOut.objects.filter(room_id=room_id, day=day).update(
        characters=Greatest(F("characters") - characters, 0)
    )


def _voice(kept: Any) -> Voice | None:
    if not isinstance(kept, dict):
        return None
    parts = [kept.get(name, "") for name in ("provider", "id", "name", "language")]
    if not all(isinstance(part, str) for part in parts) or not parts[0] or not parts[1]:
        return None
    return Voice(*parts)
