"""What one session on the air spends: counted, told to its host, and ended softly where nothing is left.

:class:`Meter` reckons, with no clock and no database. :class:`Spend` looks at it every second, has the
database count every few seconds, and lets the session go on to the end of a sentence.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Protocol

import structlog
from django.db import Error as DatabaseFailed

from captions import database
from captions.audio import samples_to_ms
from captions.conf import conf
from captions.errors import CaptionError
from captions.live import messages
from captions.live.outbox import Outgoing
from captions.live.tasks import spawn
from captions.live.uncounted import uncounted
from captions.services import sessions, usage
from captions.services.rooms import Visitor
from captions.spending import Level, Limit, Payer, Standing, near, used_up

log = structlog.get_logger(__name__)


class Meter:
    """Adds up what a session has sent, on top of what the database says that everybody has."""

    def __init__(self, payer: Payer, standing: Standing) -> None:
        self.payer = payer
        self.unsaved: Counter[Payer] = Counter()
        """Samples sent that the database does not count yet."""
        self._saved = standing
        self._counted = 0
        self._warned: set[Limit] = set()

    def count(self, sent_samples: int) -> None:
        """Take note of all that was sent since the session began here."""
        self.unsaved[self.payer] += sent_samples - self._counted
        self._counted = sent_samples

    def bill(self, payer: Payer, standing: Standing) -> None:
        """Let another one pay from now on."""
        if payer != self.payer:
            self._warned.discard(Limit.USER)
        self.payer = payer
        self.stands_at(standing)

    def saved(self, payer: Payer, samples: int) -> None:
        """The database counts these samples now."""
        self.unsaved[payer] -= samples

    def stands_at(self, standing: Standing) -> None:
        """The database says so; a new day begins with no warning."""
        if standing.day != self._saved.day:
            self._warned.clear()
        self._saved = standing

    @property
    def standing(self) -> Standing:
        return self._saved.plus(self.unsaved[self.payer])

    def warnings(self, share: float) -> list[Level]:
        """Limits of which this share is used and something is left: each once a session and day."""
        near = [
            level
            for level in self.standing.levels
            if level.is_near(share) and not level.is_used_up and level.limit not in self._warned
        ]
        self._warned.update(level.limit for level in near)
        return near


class Relay(Protocol):
    """What is asked of a relay session."""

    @property
    def sent_samples(self) -> int: ...
    @property
    def is_between_sentences(self) -> bool: ...


class Spend:
    """One session's meter, and what follows from it.

    ``tell`` puts a message into the host's outbox, if there is a host; ``stop`` takes the session off
    the air. Neither waits.
    """

    def __init__(
        self,
        meter: Meter,
        relay: Relay,
        *,
        tell: Callable[[Outgoing], None],
        stop: Callable[[CaptionError], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.meter = meter
        self._relay = relay
        self._tell = tell
        self._stop = stop
        self._clock = clock
        self._told: tuple[object, ...] = ()
        self._used_up_at_s: float | None = None
        self._comes_back = meter.standing.tightest.is_used_up
        """Whether it goes on though nothing is left: its host has kept what was said, and sends it now."""
        self._saving: asyncio.Task[None] | None = None

    def tell_host(self) -> None:
        """Say where it stands: to a host that is new here, and when a minute has passed."""
        standing = self.meter.standing
        level = standing.tightest
        self._told = self._shown(standing)
        self._tell(Outgoing("spend", _encoded(standing, level)))

    def bill(self, meter: Meter) -> None:
        """Somebody else may host from now on: what is sent counts on them."""
        self.meter.count(self._relay.sent_samples)
        self.meter.bill(meter.payer, meter.standing)
        self._told = ()

    async def run(self) -> None:
        """Look and save until cancelled; what was not saved then, :meth:`end` does."""
        saved_at_s = self._clock()
        while True:
            await asyncio.sleep(conf.spend_check_s)
            self.look()
            if self._clock() - saved_at_s >= conf.spend_save_s and not self._is_saving:
                self._saving = spawn(self._save_all(), name="spend-save")
                saved_at_s = self._clock()

    def look(self, *, sentence_is_over: bool = False) -> None:
        """Count, tell what changed, and stop where nothing is left and no word would be cut."""
        self.meter.count(self._relay.sent_samples)
        standing = self.meter.standing
        if self._told and self._told != self._shown(standing):
            self.tell_host()
        for level in self.meter.warnings(conf.spend_near_share):
            log.info("spend_near", limit=str(level.limit), left_ms=level.left_ms)
            self._tell(Outgoing("error", messages.encode_error(near(level), fatal=False)))
        if not standing.tightest.is_used_up:
            self._used_up_at_s, self._comes_back = None, False  # midnight, or somebody gave more
            return
        if self._used_up_at_s is None:
            self._used_up_at_s = self._clock()
        waited_s = self._clock() - self._used_up_at_s
        cuts_no_word = (sentence_is_over or self._relay.is_between_sentences) and not self._comes_back
        if cuts_no_word or waited_s >= conf.spend_grace_s:
            log.info("spend_used_up", limit=str(standing.tightest.limit), waited_s=round(waited_s, 1))
            self._stop(used_up(standing))

    async def end(self) -> None:
        """Have the rest counted; what the database does not take now is kept until it does."""
        self.meter.count(self._relay.sent_samples)
        if self._saving is not None and self._is_saving:
            await asyncio.wait([self._saving])
        self._saving = spawn(self._save_all(), name="spend-save")
        await asyncio.shield(self._saving)
        if self.meter.unsaved.total():
            uncounted.keep(self.meter.unsaved)
            self.meter.unsaved.clear()

    def _shown(self, standing: Standing) -> tuple[object, ...]:
        level = standing.tightest
        near = level.is_near(conf.spend_near_share)
        return level.limit, *level.minutes, level.is_used_up, near, standing.resets_at

    @property
    def _is_saving(self) -> bool:
        return self._saving is not None and not self._saving.done()

    async def _save_all(self) -> None:
        """In a task of its own: cancelled in the middle it would count twice, or never; and nobody waits
        for a database that is slow."""
        meter = self.meter
        standing: Standing | None = None
        try:
            for payer, samples in [each for each in meter.unsaved.items() if each[1]]:
                found = await database.write(usage.add, payer, samples, conf.limits)
                meter.saved(payer, samples)
                standing = found if payer == meter.payer else standing
            if standing is None and meter.standing.is_limited:
                # What others have sent uses up a shared limit as well.
                standing = await database.read(usage.standing, meter.payer, conf.limits)
        except DatabaseFailed as exc:
            unsaved_ms = samples_to_ms(meter.unsaved.total())
            log.warning("spend_uncounted", error=type(exc).__name__, ms=unsaved_ms)
        except Exception:
            # What is counted must not cost what is said.
            log.exception("spend_failed")
        if standing is not None:
            meter.stands_at(standing)


async def may_spend(room_slug: str, user: Visitor, *, session: str | None) -> Meter:
    """A meter for who wants to go on the air. Raises :class:`UsedUp`, unless it is to go on with a
    ``session`` that runs: what its host has kept belongs to it, and it stops once that is heard.
    """
    payer, standing, runs = await database.read(_standing_of, room_slug, user, session)
    if standing.tightest.is_used_up and not runs:
        raise used_up(standing)
    return Meter(payer, standing)


async def may_talk(user_id: int) -> Meter:
    """A meter for an account that wants to speak in no room. Raises :class:`UsedUp`."""
    payer = usage.payer_in_no_room(user_id)
    standing = await database.read(usage.standing, payer, conf.limits)
    if standing.tightest.is_used_up:
        raise used_up(standing)
    return Meter(payer, standing)


def _standing_of(room_slug: str, user: Visitor, session: str | None) -> tuple[Payer, Standing, bool]:
    payer = usage.payer(room_slug, user)
    runs = session is not None and sessions.is_running(session)
    return payer, usage.standing(payer, conf.limits), runs


def _encoded(standing: Standing, level: Level) -> str:
    return messages.encode_spend(
        used_ms=level.used_ms,
        left_ms=level.left_ms,
        limit=level.limit if level.limit_ms else None,
        near=level.is_near(conf.spend_near_share),
        resets_at=standing.resets_at.isoformat(),
    )
