"""The Voicemaker protocol as the server speaks it, no socket in sight (voice-API contract, 5.1 and 8.5)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from captions.speechserver.protocol import Close, Drop, Send
from captions.speechserver.speaking.faults import Trouble
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.switches import Switches
from captions.speechserver.vendors import voicemaker_order
from captions.speechserver.vendors.voicemaker import Refused, failure
from captions.speechserver.vendors.voicemaker_audio import Chunks
from captions.speechserver.vendors.voicemaker_order import Order


class Requests:
    """How many requests are open, by key: those that are answered now, and those that wait for it."""

    most = 20

    def __init__(self) -> None:
        self._open: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """Open one more; false where that is too many."""
        if self._open.get(key, 0) >= self.most:
            return False
        self._open[key] = self._open.get(key, 0) + 1
        return True

    def give_back(self, key: str) -> None:
        """One is answered, or nobody waits for it any more."""
        self._open[key] -= 1


@dataclass(frozen=True, slots=True)
class Speak:
    """Have this spoken, after what was to be spoken before; answer with ``began``, ``spoken``, ``ended``."""

    order: Order


Action = Send | Close | Drop | Speak


class VoicemakerProtocol:
    """One connection. Every method returns the actions that follow, in order."""

    is_waiting_for_init = False

    def __init__(
        self, speaker: Speaker, switches: Callable[[], Switches], requests: Requests, key: str
    ) -> None:
        self._speaker = speaker
        self._switches = switches
        self._requests = requests
        self._key = key
        self._open = 0
        self._chunks: Chunks | None = None
        self._is_over = False

    @property
    def is_busy(self) -> bool:
        """Whether a reply is running or waits to (V7)."""
        return self._open > 0

    def receive_text(self, text: str) -> list[Action]:
        """One text message: a whole order."""
        if self._is_over or self._switches().tts_nothing:
            return []
        try:
            order = voicemaker_order.parse(text, self._speaker, self._switches(), is_rest=False)
        except Refused as refused:
            return [Send(failure(str(refused), refused.errors))]
        if not self._requests.take(self._key):
            return [Send(failure("Concurrent request limit reached"))]
        self._open += 1
        return [Speak(order)]

    def receive_binary(self) -> list[Action]:
        """A binary message, which the protocol does not have."""
        return [] if self._is_over else [Send(failure("Invalid JSON"))]

    def began(self, order: Order) -> list[Action]:
        """An order is its turn."""
        self._chunks = Chunks(order, self._switches().vm_wav)
        return []

    def spoken(self, pcm: bytes) -> list[Action]:
        """Audio of what is being spoken."""
        return [_audio(chunk) for chunk in self._chunks.more(pcm)] if self._chunks else []

    def ended(self) -> list[Action]:
        """An order is spoken to its end."""
        *chunks, last = self._chunks.end() if self._chunks else [b""]
        self._close_one()
        match self._switches().vm_final:
            case "data":
                return [*map(_audio, chunks), _audio(last, isFinal=True)]
            case "empty":
                return [*map(_audio, [*chunks, last]), _audio(b"", isFinal=True)]
            case _:
                return [*map(_audio, [*chunks, last]), Send({"success": True, "isFinal": True})]

    def troubled(self, trouble: Trouble) -> list[Action]:
        """Something is to go wrong now."""
        if trouble is Trouble.GARBLE:
            return [Send(raw='{"success": true, "audio": "AAAB')]
        self._is_over = True
        return [Drop()]

    def failed(self) -> list[Action]:
        """The speaker broke off."""
        self._close_one()
        return [] if self._is_over else [Send(failure("The synthesis ended unexpectedly"))]

    def expired(self, what: Literal["init", "idle", "session"]) -> list[Action]:
        """Nothing was asked for a while."""
        if self._is_over:
            return []
        self._is_over = True
        return [Close(int(self._switches().vm_idle_code))]

    def closed(self) -> None:
        """The client is gone, and with it what it asked for."""
        while self._open:
            self._close_one()

    def _close_one(self) -> None:
        self._open -= 1
        self._requests.give_back(self._key)


def _audio(chunk: bytes, **more: Any) -> Send:
    return Send({"success": True, "audio": base64.b64encode(chunk).decode("ascii"), **more})
