"""Server-sent events out of the bytes of an answer, however they are cut; nothing here waits.

Source: the HTML standard, "Interpreting an event stream". Ids and times to reconnect are left out: an answer
that breaks off is not asked for again. An own reader, because what it holds back has to have a bound.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from dataclasses import dataclass

LONGEST_EVENT_CHARACTERS = 16 * 1024 * 1024


class BadStream(ValueError):
    """An event that does not end."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; several lines of data are joined by line feeds."""

    name: str
    data: str


class EventReader:
    """One stream."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8-sig")("replace")
        self._ends_in_return = False
        self._parts: list[str] = []
        """Of a line that has not ended."""
        self._name = ""
        self._data: list[str] = []
        self._held_characters = 0
        """Of an event that has not ended."""

    def feed(self, data: bytes) -> list[Event]:
        """The events that end within ``data``. Raises :class:`BadStream`."""
        text = self._decoder.decode(data)
        if not text:
            return []
        ended_in_return, self._ends_in_return = self._ends_in_return, text.endswith("\r")
        if ended_in_return:
            text = text.removeprefix("\n")
        *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        events = [event for line in lines if (event := self._line(line)) is not None]
        self._hold(rest)
        return events

    def _line(self, end: str) -> Event | None:
        line = "".join([*self._parts, end])
        self._parts.clear()
        self._hold("")
        if not line:
            name, data = self._name, self._data
            self._name, self._data, self._held_characters = "", [], 0
            return Event(name or "message", "\n".join(data)) if data else None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
            self._held_characters += len(end)
        return None

    def _hold(self, rest: str) -> None:
        if rest:
            self._parts.append(rest)
            self._held_characters += len(rest)
        if self._held_characters > LONGEST_EVENT_CHARACTERS:
            raise BadStream("an event without an end")
