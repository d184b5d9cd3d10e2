"""Tries: keeping what was spoken, and giving it back to its owner, or to whom the owner gave the link."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, Sum

from captions.errors import BadField, SpeechUnknown
from captions.models import Try, TryAudio
from captions.models.tries import NAME_MAX, VOICE_MAX
from captions.plaintext import clean
from captions.words import gettext_noop as _

PAGE: Final = 50
"""Tries of one page of a list."""
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What a try sounded like; ``media_type`` ``audio/pcm`` is signed 16-bit little-endian mono."""

    data: bytes
    media_type: str
    rate_hz: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is kept for one account: tries, and bytes of audio of one and of all of them."""

    tries: int
    audio_bytes: int
    all_audio_bytes: int


@transaction.atomic
def keep(
    *,
    try_id: uuid.UUID,
    owner_id: int,
    speech: Mapping[str, Any],
    characters: int,
    timing: Mapping[str, Any],
    ended: str,
    sound: Sound | None,
    bounds: Bounds,
) -> Try | None:
    """Keep a try, and forget the account's oldest beyond what is kept; the same try again changes nothing.

    ``None`` where the account is gone. Audio that is longer than what is kept of one try is left out.
    """
    if User.objects.select_for_update().filter(pk=owner_id).first() is None:
        return None
    storable = _storable(dict(speech))
    kept, is_new = Try.objects.get_or_create(
        id=try_id,
        defaults={
            "owner_id": owner_id,
            "speech": storable,
            "provider": storable["provider"],
            "voice": storable["voice"][:VOICE_MAX],
            "characters": characters,
            "timing": dict(timing),
            "ended": ended,
        },
    )
    if is_new and sound is not None and 0 < len(sound.data) <= bounds.audio_bytes:
        TryAudio.objects.create(
            of=kept,
            data=sound.data,
            size_bytes=len(sound.data),
            media_type=sound.media_type,
            rate_hz=sound.rate_hz,
        )
    _forget_oldest(owner_id, bounds)
    return kept


def _forget_oldest(owner_id: int, bounds: Bounds) -> None:
    """Named and shared ones as well: a bound that some are exempt from is none."""
    beyond = Try.objects.filter(owner=owner_id).order_by("-made_at", "pk")[bounds.tries :]
    Try.objects.filter(pk__in=list(beyond.values_list("pk", flat=True))).delete()
    audio = TryAudio.objects.filter(of__owner=owner_id)
    if (audio.aggregate(total=Sum("size_bytes"))["total"] or 0) <= bounds.all_audio_bytes:
        return
    total, gone = 0, []
    for pk, size_bytes in audio.order_by("-of__made_at", "pk").values_list("pk", "size_bytes"):
        total += size_bytes
        if total > bounds.all_audio_bytes:
            gone.append(pk)
    audio.filter(pk__in=gone).delete()


def tries_of(*, owner: User, before: uuid.UUID | None = None, most: int = PAGE) -> tuple[Sequence[Try], bool]:
    """An account's tries, newest first, from behind the one ``before`` names; and whether there are more.

    Raises :class:`SpeechUnknown` where there is no such one.
    """
    found = Try.objects.filter(owner=owner).select_related("audio").defer("audio__data")
    if before is not None:
        last = _own(owner, before)
        found = found.filter(Q(made_at__lt=last.made_at) | Q(made_at=last.made_at, pk__gt=last.pk))
    shown = list(found.order_by("-made_at", "pk")[: most + 1])
    return shown[:most], len(shown) > most


def find(*, try_id: uuid.UUID, reader: User) -> Try:
    """A try of one's own, or one that its owner shares. Raises :class:`SpeechUnknown` for any other."""
    found = Try.objects.select_related("audio").defer("audio__data").filter(pk=try_id)
    shown = found.filter(Q(owner=reader) | Q(is_shared=True)).first()
    if shown is None:
        raise SpeechUnknown
    return shown


def audio_of(*, try_id: uuid.UUID, reader: User) -> Sound:
    """What a try sounded like, for its owner, and for others where it is shared with its audio.

    Raises :class:`SpeechUnknown`.
    """
    audio = (
        TryAudio.objects.filter(of=try_id)
        .filter(Q(of__owner=reader) | Q(of__is_shared=True, of__shares_audio=True))
        .first()
    )
    if audio is None:
        raise SpeechUnknown(NO_AUDIO)
    return Sound(data=bytes(audio.data), media_type=audio.media_type, rate_hz=audio.rate_hz)


def rename(*, try_id: uuid.UUID, owner: User, name: str) -> Try:
    """Give a try a name, or none. Raises :class:`SpeechUnknown` and :class:`BadField`."""
    name = clean(name)
    if len(name) > NAME_MAX:
        raise BadField(
            "name",
            _("A name has %(most)s characters at most; this one has %(length)s."),
            most=NAME_MAX,
            length=len(name),
        )
    found = _own(owner, try_id)
    found.name = name
    found.save(update_fields=["name"])
    return found


def share(*, try_id: uuid.UUID, owner: User, on: bool, with_audio: bool = False) -> Try:
    """Let whoever has the link read a try, and hear it, or nobody. Raises :class:`SpeechUnknown`."""
    found = _own(owner, try_id)
    found.is_shared, found.shares_audio = on, on and with_audio
    found.save(update_fields=["is_shared", "shares_audio"])
    return found


def delete(*, try_id: uuid.UUID, owner: User) -> None:
    """Forget a try and its audio. Raises :class:`SpeechUnknown`."""
    _own(owner, try_id).delete()


def note_played(*, try_id: uuid.UUID, owner_id: int, measured: Mapping[str, float]) -> bool:
    """Keep what the page that played a try has measured; ``False`` where the account has no such try."""
    with transaction.atomic():
        found = Try.objects.select_for_update().filter(pk=try_id, owner=owner_id).first()
        if found is None:
            return False
        found.timing = {**found.timing, "page": dict(measured)}
        found.save(update_fields=["timing"])
        return True


NO_AUDIO = _(
    "The audio of this try is not here: it was not kept, it is not shared, or it made room for newer."
)


def _own(owner: User, try_id: uuid.UUID) -> Try:
    found = Try.objects.select_related("audio").defer("audio__data").filter(pk=try_id, owner=owner).first()
    if found is None:
        raise SpeechUnknown
    return found


def _storable(value: Any) -> Any:
    """JSON without what a database may not take: a character of value 0, and halves of characters."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, Mapping):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value
