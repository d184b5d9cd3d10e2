"""What belongs to one running speech server, whichever vendor's endpoint a client comes to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Protocol

from captions.speechserver.journal import Journal
from captions.speechserver.pool import Pool
from captions.speechserver.speaking.gate import Gate
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.speaking.tone import ToneEngine
from captions.speechserver.switches import Switches


class Breakable(Protocol):
    """An open connection, as far as the server meddles with it."""

    def drop(self) -> None:
        """Break it now, without a close frame."""
        ...

    async def close(self, code: int) -> None:
        """Close it in good order."""
        ...

    async def go_away(self) -> None:
        """Close it because the server shuts down."""
        ...


class SpeechServer:
    """State of one server. Its switches, its journal and its connections are those of all vendors."""

    def __init__(
        self,
        pool: Pool,
        *,
        speaker: Speaker | None = None,
        switches: Switches | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        """``speaker`` is a tone by default, which needs no library."""
        self.pool = pool
        self.speaker = speaker or Speaker(ToneEngine())
        self.host = host
        self.journal = Journal()
        self._defaults = switches or Switches()
        self.switches = self._defaults
        self.gate = Gate(self.speaker, lambda: self.switches)
        self._connections: set[Breakable] = set()
        self._dropped = 0
        self._request_ids = 0

    def configure(self, **switches: object) -> None:
        """Set switches, by contract name or ours; they hold for open connections too."""
        self.switches = self.switches.changed(switches)

    def start_over(self) -> None:
        """Defaults again, nothing remembered."""
        self.switches = self._defaults
        self.journal.clear()
        self.gate.start_over()
        self._dropped = 0
        self._request_ids = 0

    @contextlib.contextmanager
    def holding(self, connection: Breakable) -> Iterator[None]:
        """Count a connection among the open ones."""
        self._connections.add(connection)
        try:
            yield
        finally:
            self._connections.discard(connection)

    def drop_all(self) -> int:
        """Break every open connection now; gives their number."""
        for connection in tuple(self._connections):
            connection.drop()
        return len(self._connections)

    async def close_all(self, code: int) -> int:
        """Close every open connection in good order; gives their number."""
        connections = tuple(self._connections)
        await asyncio.gather(*(connection.close(code) for connection in connections))
        return len(connections)

    async def start(self) -> None:
        """Load what is spoken to and what speaks. Raises ``EngineUnavailable``."""
        await self.pool.start()
        await self.speaker.start()

    async def say_goodbye(self) -> None:
        """Tell every client that the server ends."""
        await asyncio.gather(*(connection.go_away() for connection in tuple(self._connections)))

    async def end(self) -> None:
        """Let go of all that ``start`` loaded."""
        await self.speaker.close()
        await self.pool.close()

    def next_request_id(self) -> str:
        """Of a connection or a request; counted, so that a test can name it."""
        self._request_ids += 1
        return f"req_emu_{self._request_ids:06d}"

    def may_drop(self) -> bool:
        """Whether a connection that listens and is to be dropped is among those that are."""
        if self.switches.drop_times and self._dropped >= self.switches.drop_times:
            return False
        self._dropped += 1
        return True
