"""Limits of characters that may be spoken in a day, where they stand, and how that is said. Pure.

Services that speak charge by the character, so that is what counts: of the text as it is sent, tags
included.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from captions.errors import SpeechUsedUp
from captions.spending import clock_in_words
from captions.words import gettext_noop as _

USER = "user"
SITE = "site"

TOO_LONG = {
    USER: _(
        "This text has %(characters)s characters, and %(left)s of today's %(most)s are left (limit of one"
        " account). Shorten it, or wait: they begin anew at %(time)s."
    ),
    SITE: _(
        "This text has %(characters)s characters, and %(left)s of today's %(most)s are left (limit of the"
        " whole site). Shorten it, or wait: they begin anew at %(time)s."
    ),
}
USED_UP = {
    USER: _(
        "Today's characters are used up (limit of one account: %(most)s). They begin anew at %(time)s."
        " If more are needed today, ask whoever runs this site."
    ),
    SITE: _(
        "Today's characters are used up (limit of the whole site: %(most)s). They begin anew at %(time)s."
        " If more are needed today, ask whoever runs this site."
    ),
}


@dataclass(frozen=True, slots=True)
class Quota:
    """Characters that may be spoken in a day, by one account and by all together; 0 is no limit."""

    user: int = 0
    site: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account and the whole site have used on one day of the site's calendar, of which quota."""

    day: dt.date
    resets_at: dt.datetime
    user_used: int
    site_used: int
    quota: Quota

    @property
    def user_left(self) -> int | None:
        """What the account may still use; ``None`` where there is no limit."""
        return _left(self.user_used, self.quota.user)

    @property
    def site_left(self) -> int | None:
        """What all together may still use; ``None`` where there is no limit."""
        return _left(self.site_used, self.quota.site)

    def plus(self, characters: int) -> Standing:
        """As it is once so many more are used."""
        return Standing(
            day=self.day,
            resets_at=self.resets_at,
            user_used=self.user_used + characters,
            site_used=self.site_used + characters,
            quota=self.quota,
        )

    def require(self, characters: int) -> None:
        """Raise :class:`SpeechUsedUp`, which says whose limit it is, where so many are not left."""
        if self.user_left is not None and characters > self.user_left:
            raise self._used_up(USER, characters, self.user_left, self.quota.user)
        if self.site_left is not None and characters > self.site_left:
            raise self._used_up(SITE, characters, self.site_left, self.quota.site)

    def _used_up(self, limit: str, characters: int, left: int, most: int) -> SpeechUsedUp:
        time = clock_in_words(self.resets_at)
        if not left:
            return SpeechUsedUp(USED_UP[limit], limit=limit, most=most, time=time)
        return SpeechUsedUp(
            TOO_LONG[limit], limit=limit, characters=characters, left=left, most=most, time=time
        )


def _left(used: int, most: int) -> int | None:
    return max(0, most - used) if most else None
