"""What clients have sent, for tests to look at: audio as byte counts, keys never.

A request over plain HTTP is a visit too; its body is its one message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

LONGEST = 2_000
"""Messages kept of one connection; later ones are only counted."""
CONNECTIONS = 20
"""Connections kept; older ones are forgotten."""


@dataclass(slots=True)
class Visit:
    """One connection or request: what it sent, in order, and how it ended."""

    number: int
    auth: str
    """How the key came: "header", "query" or "bearer"."""
    path: str = ""
    """What was asked for, without the query, which may hold a key."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    more_messages: int = 0
    close_code: int | None = None
    is_open: bool = True

    def text(self, text: str) -> None:
        """Note a text message."""
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            self._note({"garbled": len(text)})
            return
        if isinstance(body, dict) and body.get("type") == "audio":
            data = body.get("data")
            size = len(data) * 3 // 4 - data[-2:].count("=") if isinstance(data, str) else 0
            self._note({"type": "audio", "bytes": size})
        else:
            self._note(body if isinstance(body, dict) else {"garbled": len(text)})

    def binary(self, size_bytes: int) -> None:
        """Note a binary message."""
        self._note({"binary": size_bytes})

    def _note(self, message: dict[str, Any]) -> None:
        if len(self.messages) < LONGEST:
            self.messages.append(message)
        else:
            self.more_messages += 1


class Journal:
    """The visits of a server's life, newest last."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self._count = 0

    def visit(self, auth: str, path: str = "") -> Visit:
        """Begin to note a connection or a request."""
        self._count += 1
        visit = Visit(self._count, auth, path)
        self.visits = [*self.visits[-CONNECTIONS + 1 :], visit]
        return visit

    @contextmanager
    def visiting(self, auth: str, path: str) -> Iterator[Visit]:
        """A visit that is open until the end of a ``with``."""
        visit = self.visit(auth, path)
        try:
            yield visit
        finally:
            visit.is_open = False

    def clear(self) -> None:
        """Forget all."""
        self.visits = []
        self._count = 0
