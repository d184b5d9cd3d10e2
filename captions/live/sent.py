"""How much of a text has gone to its provider: what it may charge for. Pure."""

from __future__ import annotations

from captions.tts.events import Audio, Event, Piece, Wire
from captions.tts.provider import WEBSOCKET, Provider
from captions.tts.speech import Speech

SENDS_ALL = {("voxnexus", WEBSOCKET): 1}
"""Where a whole text is sent before its first sound, and how many messages go before it."""


class Sent:
    """Follows a speech by its events. Where it cannot be known how much was sent, more is taken for sent."""

    def __init__(self, speech: Speech, provider: Provider) -> None:
        self._total = len(speech.text)
        self._longest = provider.longest_characters
        self._before = SENDS_ALL.get((speech.provider, speech.transport))
        self._messages = 0
        self._begun = 0
        self._is_asked = False

    def note(self, event: Event) -> None:
        """Something happened."""
        match event:
            case Wire(direction="out", kind="text" | "http"):
                self._messages += event.kind == "text"
                self._is_asked = True
            case Piece():
                self._begun += len(event.text) if event.characters is None else event.characters
                self._is_asked = False
            case Audio():
                self._is_asked = False

    def refused(self) -> None:
        """The provider does not speak what it was asked for last."""
        self._is_asked = False
        self._before = None

    @property
    def characters(self) -> int:
        """Sent by now, and not refused."""
        if self._before is not None:
            return self._total if self._messages > self._before else 0
        return min(self._total, self._begun + self._longest * self._is_asked)
