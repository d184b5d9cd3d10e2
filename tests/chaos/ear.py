"""What the speech service was really sent: heard on its line, frame by frame, with its audio."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from dataclasses import dataclass, field

from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from tests.chaos.speech import joined, stretches, total_ms


@dataclass
class Visit:
    """One connection to the speech service."""

    at_s: float
    original: bytes
    audio: bytearray = field(default_factory=bytearray)
    flushes: int = 0
    is_open: bool = True

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """The milliseconds of the speech it was sent, in the order they came."""
        return stretches(bytes(self.audio), self.original)


class Ear:
    """All visits of a run, in the order they came. ``original`` is the speech."""

    def __init__(self, original: bytes) -> None:
        self.original = original
        self.visits: list[Visit] = []

    def listen(self) -> _Listener:
        """For one more connection."""
        return _Listener(self)

    def heard(self) -> list[tuple[int, int]]:
        """All milliseconds that were sent at least once."""
        return joined([part for visit in self.visits for part in visit.stretches])

    def said_again_ms(self) -> int:
        """How much was sent more than once, over all connections."""
        return sum(total_ms(visit.stretches) for visit in self.visits) - total_ms(self.heard())

    def backwards(self) -> list[tuple[int, int]]:
        """Places where a connection was sent again, or out of order, what it had been sent itself."""
        return [
            (before[1], after[0])
            for visit in self.visits
            for before, after in zip(visit.stretches, visit.stretches[1:], strict=False)
            if after[0] < before[1]
        ]


class _Listener:
    """A WebSocket server without a socket, which is told what was sent to the real one."""

    def __init__(self, ear: Ear) -> None:
        self._protocol = ServerProtocol(max_size=None)
        self._ear = ear
        self._visit: Visit | None = None
        self._texts: list[bytes] = []

    def hear(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
            elif event.opcode in (Opcode.TEXT, Opcode.CONT):
                self._texts.append(bytes(event.data))
                if event.fin:
                    self._take(b"".join(self._texts))
                    self._texts.clear()
        self._protocol.data_to_send()

    def over(self) -> None:
        if self._visit is not None:
            self._visit.is_open = False

    def _take(self, text: bytes) -> None:
        if self._visit is None:
            self._visit = Visit(asyncio.get_running_loop().time(), self._ear.original)
            self._ear.visits.append(self._visit)
        message = json.loads(text)
        if message["type"] == "audio":
            self._visit.audio += b64decode(message["data"])
        elif message.get("command") == "flush":
            self._visit.flushes += 1
