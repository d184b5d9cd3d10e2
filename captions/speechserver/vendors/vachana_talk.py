"""The Vachana socket as the server speaks it, with no socket in sight (voice-API contract, 6.2 and 8.6)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from captions.speechserver.protocol import NORMAL, POLICY, Close, Drop, Send, SendBytes
from captions.speechserver.speaking.faults import Trouble
from captions.speechserver.speaking.speaker import Speaker
from captions.speechserver.switches import Switches
from captions.speechserver.vendors import vachana_order
from captions.speechserver.vendors.vachana import Refused, error
from captions.speechserver.vendors.vachana_audio import Chunks
from captions.speechserver.vendors.vachana_order import Order


@dataclass(frozen=True, slots=True)
class Speak:
    """Have this spoken, after what was to be spoken before; answer with ``began``, ``spoken``, ``ended``."""

    order: Order


Action = Send | SendBytes | Close | Drop | Speak


class VachanaProtocol:
    """One connection. Every method returns the actions that follow, in order."""

    is_waiting_for_init = False

    def __init__(
        self, speaker: Speaker, switches: Callable[[], Switches], next_request_id: Callable[[], str]
    ) -> None:
        self._speaker = speaker
        self._switches = switches
        self._next_request_id = next_request_id
        self._request_id = ""
        self._chunks: Chunks | None = None
        self._sent = 0
        self._is_over = False

    @property
    def _is_json(self) -> bool:
        return self._switches().va_frames == "json"

    def receive_text(self, text: str) -> list[Action]:
        """One text message: a whole order."""
        if self._is_over or self._switches().tts_nothing:
            return []
        try:
            order = vachana_order.parse(text, self._speaker, is_strict=self._switches().va_strict)
        except Refused as refused:
            return self._refuse(refused)
        return [Speak(order)]

    def receive_binary(self) -> list[Action]:
        """A binary message, which the protocol does not have."""
        return [] if self._is_over else self._refuse(Refused("binary messages are not part of this protocol"))

    def began(self, order: Order) -> list[Action]:
        """An order is its turn."""
        self._request_id, self._sent = self._next_request_id(), 0
        self._chunks = Chunks(order, self._switches)
        if not self._is_json:
            return []
        return [Send({"type": "start", "request_id": self._request_id, "message": "stream opened"})]

    def spoken(self, pcm: bytes) -> list[Action]:
        """Audio of what is being spoken."""
        return self._frames(self._chunks.more(pcm) if self._chunks else [])

    def ended(self) -> list[Action]:
        """An order is spoken to its end."""
        frames = self._frames(self._chunks.end() if self._chunks else [])
        self._chunks = None
        if self._is_json:
            return [*frames, Send({"type": "complete", "request_id": self._request_id, "data": None})]
        if self._switches().va_end == "idle":
            return frames
        self._is_over = True
        return [*frames, Close(NORMAL)]

    def troubled(self, trouble: Trouble) -> list[Action]:
        """Something is to go wrong now."""
        if trouble is Trouble.GARBLE:
            return [Send(raw='{"type": "audio", "data": {"audio": "AAAB')]
        self._is_over = True
        return [Drop()]

    def failed(self) -> list[Action]:
        """The speaker broke off."""
        return [] if self._is_over else self._refuse(Refused("the synthesis ended unexpectedly", 500))

    def expired(self, what: Literal["init", "idle", "session"]) -> list[Action]:
        """There are no time limits."""
        return []

    def _frames(self, chunks: list[bytes]) -> list[Action]:
        if not self._is_json:
            return [SendBytes(chunk) for chunk in chunks]
        return [self._message(chunk) for chunk in chunks]

    def _message(self, chunk: bytes) -> Send:
        index, self._sent = self._sent, self._sent + 1
        audio = base64.b64encode(chunk).decode("ascii")
        return Send({"type": "audio", "data": {"audio": audio, "chunk_index": index, "is_final": False}})

    def _refuse(self, refused: Refused) -> list[Action]:
        if self._is_json:
            return [Send({"type": "error", "message": str(refused)})]
        self._is_over = True
        return [Send(error(refused.status, str(refused))), Close(POLICY)]
