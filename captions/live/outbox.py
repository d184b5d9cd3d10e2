"""What waits for one socket: bounded, in order, and never in anybody else's way.

A newer interim takes the place of the one that still waits for the same utterance, and a final
removes it. A newer status replaces one of the same state, for it only counts on. Finals stay. A socket
that lets more than its share pile up is closed with ``SlowReader``; it comes back with its version and
is sent what it missed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from captions.errors import SlowReader

INTERIM = "interim"
STATUS = "status"
REPLACEABLE = frozenset({INTERIM, STATUS})


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """One message, encoded once for however many sockets. With ``data`` it is a binary one, and has no text.

    ``key`` names the utterance of an interim or final, or a status, ``version`` is the room's (0: has none).
    ``position`` is up to where, with this message, a reader has everything (0: not known). A
    ``refill`` is what brings it there; ``ends`` are the utterances whose finals are in it.
    ``came_at_s`` is when a final came from the upstream (0: not to be measured).
    """

    type: str
    text: str
    key: str = ""
    version: int = 0
    position: int = 0
    refill: bool = False
    ends: frozenset[str] = frozenset()
    came_at_s: float = 0.0
    data: bytes = b""
    size_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.text) if self.text.isascii() else len(self.text.encode("utf-8", "replace"))
        object.__setattr__(self, "size_bytes", size + len(self.data))


class _Cell:
    """A place in the queue; an interim's may be refilled or emptied while it waits."""

    __slots__ = ("out",)

    def __init__(self, out: Outgoing | None) -> None:
        self.out = out


async def _nowhere(out: Outgoing) -> None:
    raise TypeError("this outbox is pulled from, not run")


class Outbox:
    """The queue of one socket and its one writer, :meth:`run`.

    ``linger_s`` is how long a socket that takes nothing any more may still hold up its own end.
    With ``held`` nothing goes out until :meth:`release`, so that a first message can be composed
    while events already come in.
    """

    def __init__(
        self,
        send: Callable[[Outgoing], Awaitable[None]] = _nowhere,
        *,
        max_messages: int,
        max_bytes: int,
        linger_s: float = 10.0,
        held: bool = False,
    ) -> None:
        self._send = send
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._linger_s = linger_s
        self._held = held
        self._cells: deque[_Cell] = deque()
        self._replaceable: dict[str, _Cell] = {}
        self._bytes = 0
        self._wake = asyncio.Event()
        self._taken = asyncio.Event()
        self._limit: asyncio.Timeout | None = None
        self._slow = False
        self._finishing = False
        self._code = 1000
        self._known = 0
        self._ended: frozenset[str] = frozenset()
        self.interims_replaced = 0
        """Interims that nobody was shown here, for a newer one came first."""

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def size_bytes(self) -> int:
        """Of what waits."""
        return self._bytes

    @property
    def closed(self) -> bool:
        """Whether anything more that is put in would be dropped."""
        return self._slow or self._finishing

    def put(self, out: Outgoing) -> None:
        """Queue a message. Never waits, never raises; dropped once the box is finishing.

        What a refill has brought already is left out when it comes once more by itself: the
        database is asked while messages are on their way.
        """
        if self.closed:
            return
        if self._is_known(out):
            self._drop_interim(out.key)
            return
        if out.refill:
            self._learn(out)
        waiting = self._replaceable.get(out.key) if out.type in REPLACEABLE else None
        if waiting is not None and waiting.out is not None:
            self.interims_replaced += 1
            self._bytes += out.size_bytes - waiting.out.size_bytes
            waiting.out = out
            return
        self._drop_interim(out.key)
        cell = _Cell(out)
        self._cells.append(cell)
        self._bytes += out.size_bytes
        if out.type in REPLACEABLE and out.key:
            self._replaceable[out.key] = cell
        if len(self._cells) > self._max_messages or self._bytes > self._max_bytes:
            self._overflow()
        self._wake.set()

    def release(self, first: Outgoing, *then: Outgoing) -> None:
        """Let a held box go, ``first`` and ``then`` before all else.

        What is in ``first`` already is left out, whether it waits or is still to come.
        """
        if self.closed:
            return
        self._learn(first)
        kept = [cell for cell in self._cells if cell.out is not None and not self._is_known(cell.out)]
        self._cells = deque([*map(_Cell, (first, *then)), *kept])
        self._bytes = sum(cell.out.size_bytes for cell in self._cells if cell.out is not None)
        self._held = False
        self._wake.set()

    def _learn(self, refill: Outgoing) -> None:
        self._known = max(self._known, refill.position)
        self._ended = refill.ends

    def _is_known(self, out: Outgoing) -> bool:
        return 0 < out.version <= self._known or (out.type == INTERIM and out.key in self._ended)

    def _drop_interim(self, key: str) -> None:
        cell = self._replaceable.pop(key, None)
        if cell is not None and cell.out is not None:
            self._bytes -= cell.out.size_bytes
            cell.out = None

    def finish(self, last: Outgoing | None = None, *, code: int = 1000) -> None:
        """Take no more after ``last``; :meth:`run` returns ``code`` when what waits has gone out.

        From a held box nothing but ``last`` goes out. The first call counts.
        """
        if self.closed:
            return
        if self._held:
            self._clear()
            self._held = False
        if last is not None:
            self._cells.append(_Cell(last))
            self._bytes += last.size_bytes
        self._code = code
        self._finishing = True
        self._taken.set()
        self._hurry()
        self._wake.set()

    async def run(self) -> int:
        """Send until :meth:`finish`; the code to close with. One task runs this. Safe to cancel.

        Raises ``SlowReader`` when too much piled up, or when a finishing socket takes nothing.
        """
        try:
            async with asyncio.timeout(None) as self._limit:
                if self.closed:
                    self._hurry()
                return await self._run()
        except TimeoutError:
            if self._limit is None or not self._limit.expired():
                raise
            raise SlowReader from None
        finally:
            self._limit = None

    async def _run(self) -> int:
        while (out := await self.next()) is not None:
            await self._send(out)
        return self._code

    async def next(self) -> Outgoing | None:
        """The next message, as soon as there is one; ``None`` at the end.

        For who pulls instead of :meth:`run`. Raises ``SlowReader`` when too much piled up. Safe to cancel.
        """
        while True:
            while self._cells and not self._held:
                if (out := self._take()) is not None:
                    return out
            if self._slow:
                raise SlowReader
            if self._finishing:
                return None
            self._wake.clear()
            await self._wake.wait()

    async def room(self, most_bytes: int) -> None:
        """Wait until less than this waits, or nothing more is taken: for who can wait, as audio can."""
        while self._bytes >= most_bytes and not self.closed:
            self._taken.clear()
            await self._taken.wait()

    def _take(self) -> Outgoing | None:
        self._taken.set()
        out = self._cells.popleft().out
        if out is not None:
            self._bytes -= out.size_bytes
            if out.type in REPLACEABLE and out.key:
                self._replaceable.pop(out.key, None)
        return out

    def _overflow(self) -> None:
        self._taken.set()
        # Memory is freed now; the writer may hang in a send for as long as it lingers.
        self._slow = True
        self._clear()
        self._hurry()

    def _clear(self) -> None:
        self._cells.clear()
        self._replaceable.clear()
        self._bytes = 0

    def _hurry(self) -> None:
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time() + self._linger_s)
