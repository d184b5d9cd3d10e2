"""Limits of speech time per day, where they stand, and how that is said. Pure.

What counts is audio sent to the speech service, replays included, for that is what it charges for. The
same words stand in ``static/js/state/spend-words.js``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from captions.audio import SAMPLES_PER_MS
from captions.errors import NearLimit, UsedUp
from captions.words import gettext_noop as _

MINUTE_MS = 60_000


class Limit(StrEnum):
    """Whose minutes of a day are limited."""

    ROOM = "room"
    USER = "user"
    SITE = "site"


USED = _("%(used)s min used today")
LEFT = _("%(used)s, %(left)s min left (%(limit)s)")
ONLY_LEFT = _("%(used)s, only %(left)s min left (%(limit)s)")
LITTLE_LEFT = _("%(used)s, less than a minute left (%(limit)s)")
NOTHING_LEFT = _("%(used)s, nothing left (%(limit)s)")
LIMIT_OF = {
    Limit.ROOM: _("limit of this room"),
    Limit.USER: _("limit of one account"),
    Limit.SITE: _("limit of the whole site"),
}
USED_UP = {
    Limit.ROOM: _(
        "Today's speech time is used up (limit of this room: %(most)s min). It begins anew at %(time)s."
        " If more is needed today, ask whoever runs this site."
    ),
    Limit.USER: _(
        "Today's speech time is used up (limit of one account: %(most)s min). It begins anew at %(time)s."
        " If more is needed today, ask whoever runs this site."
    ),
    Limit.SITE: _(
        "Today's speech time is used up (limit of the whole site: %(most)s min). It begins anew at %(time)s."
        " If more is needed today, ask whoever runs this site."
    ),
}
NEAR = {
    Limit.ROOM: _(
        "Of today's speech time %(left)s min is left (limit of this room: %(most)s min)."
        " When it is used up, the session stops at the end of a sentence."
    ),
    Limit.USER: _(
        "Of today's speech time %(left)s min is left (limit of one account: %(most)s min)."
        " When it is used up, the session stops at the end of a sentence."
    ),
    Limit.SITE: _(
        "Of today's speech time %(left)s min is left (limit of the whole site: %(most)s min)."
        " When it is used up, the session stops at the end of a sentence."
    ),
}
NEAR_THE_END = {
    Limit.ROOM: _(
        "Of today's speech time less than a minute is left (limit of this room: %(most)s min)."
        " When it is used up, the session stops at the end of a sentence."
    ),
    Limit.USER: _(
        "Of today's speech time less than a minute is left (limit of one account: %(most)s min)."
        " When it is used up, the session stops at the end of a sentence."
    ),
    Limit.SITE: _(
        "Of today's speech time less than a minute is left (limit of the whole site: %(most)s min)."
        " When it is used up, the session stops at the end of a sentence."
    ),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be used in a day, in ms; 0 is no limit. A room may have a limit of its own."""

    room_ms: int = 0
    user_ms: int = 0
    site_ms: int = 0


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose minutes somebody's speech uses up: a room's and an account's.

    A guest has no account, so it is the room's owner's. ``room_id`` is ``None`` for speech in no room,
    as on the playground.
    """

    room_id: int | None
    user_id: int
    by_guest: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """One limit, and what counts towards it today."""

    limit: Limit
    used_samples: int
    limit_ms: int = 0

    @property
    def used_ms(self) -> int:
        return self.used_samples // SAMPLES_PER_MS

    @property
    def left_ms(self) -> int | None:
        """What may still be used; ``None`` where there is no limit."""
        return max(0, self.limit_ms - self.used_ms) if self.limit_ms else None

    @property
    def is_used_up(self) -> bool:
        return self.left_ms == 0

    def is_near(self, share: float) -> bool:
        """Whether this share of it is used."""
        return bool(self.limit_ms) and self.used_ms >= share * self.limit_ms

    @property
    def minutes(self) -> tuple[int, int | None]:
        """Minutes used and left as they are shown: begun ones are used, so both add up to the limit.

        At the end the seconds beyond it make no minute.
        """
        if self.is_used_up:
            return max(1, self.used_ms // MINUTE_MS), 0
        return -(-self.used_ms // MINUTE_MS), None if self.left_ms is None else self.left_ms // MINUTE_MS


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a payer stands on one day of the site's calendar; ``room`` is ``None`` for speech in no room."""

    day: dt.date
    resets_at: dt.datetime
    room: Level | None
    user: Level
    site: Level

    @property
    def levels(self) -> tuple[Level, ...]:
        """From the narrowest to the widest."""
        return (self.user, self.site) if self.room is None else (self.room, self.user, self.site)

    @property
    def is_limited(self) -> bool:
        return any(level.limit_ms for level in self.levels)

    @property
    def tightest(self) -> Level:
        """The limit with the least left; the narrowest level where there is no limit at all."""
        limited = [level for level in self.levels if level.limit_ms]
        return min(limited, key=lambda level: level.limit_ms - level.used_ms, default=self.levels[0])

    def plus(self, samples: int) -> Standing:
        """As it is once ``samples`` more are counted."""
        *rooms, user, site = (
            replace(level, used_samples=level.used_samples + samples) for level in self.levels
        )
        return replace(self, room=rooms[0] if rooms else None, user=user, site=site)


def in_words(level: Level, share: float, say: Callable[[str], str] = str) -> str:
    """``12 min used today, 48 min left (limit of this room)``; from ``share`` on, *only* that much.

    ``say`` puts each part into the reader's language.
    """
    used, left = level.minutes
    told = say(USED) % {"used": used}
    if left is None:
        return told
    limit = say(LIMIT_OF[level.limit])
    if level.is_used_up:
        return say(NOTHING_LEFT) % {"used": told, "limit": limit}
    if not left:
        return say(LITTLE_LEFT) % {"used": told, "limit": limit}
    template = ONLY_LEFT if level.is_near(share) else LEFT
    return say(template) % {"used": told, "left": left, "limit": limit}


def used_up(standing: Standing) -> UsedUp:
    """The refusal, or the end, in words."""
    level = standing.tightest
    return UsedUp(
        USED_UP[level.limit],
        limit=level.limit,
        most=f"{level.limit_ms / MINUTE_MS:g}",
        time=clock_in_words(standing.resets_at),
    )


def near(level: Level) -> NearLimit:
    """The warning, in words."""
    left = level.minutes[1]
    most = f"{level.limit_ms / MINUTE_MS:g}"
    if not left:
        return NearLimit(NEAR_THE_END[level.limit], limit=level.limit, most=most)
    return NearLimit(NEAR[level.limit], limit=level.limit, left=left, most=most)


def minutes_of(samples: int) -> str:
    """Minutes to a tenth, for lists and sums."""
    return f"{samples / (MINUTE_MS * SAMPLES_PER_MS):.1f}"


def clock_in_words(moment: dt.datetime) -> str:
    """``00:00 UTC``: a moment in the site's time, by its name."""
    return f"{moment:%H:%M} {moment.tzname()}"
