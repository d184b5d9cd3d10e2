"""The VoxNexus realtime text-to-speech protocol as the server speaks it, with no socket in sight.

Messages go in, actions come out: what to send, what to have spoken, when to close. The audio that is
made goes in as well. States, chunks and errors are those of the emulator contract (voice-API contract,
3.6, 8.3 and 8.4).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from captions.speechserver.protocol import (
    INTERNAL,
    POLICY,
    Close,
    Drop,
    Message,
    Refusal,
    Send,
    parse,
)
from captions.speechserver.speaking import wav
from captions.speechserver.speaking.chunks import Chunker
from captions.speechserver.speaking.faults import Trouble
from captions.speechserver.speaking.sentences import last_end
from captions.speechserver.switches import Switches
from captions.speechserver.vendors import voxnexus_order
from captions.speechserver.vendors.voxnexus_order import Order
from captions.speechserver.vendors.voxnexus_voices import Catalogue

CHUNK_MS = 200


@dataclass(frozen=True, slots=True)
class Speak:
    """Have this spoken, after what was to be spoken before; answer with ``spoken`` and ``ended``.

    ``is_last``: it ends its utterance; the text may be empty then.
    """

    text: str
    order: Order
    is_last: bool


Action = Send | Close | Drop | Speak


class State(Enum):
    """Where a connection stands."""

    WAIT_INIT = auto()
    READY = auto()
    OVER = auto()


class Sound:
    """The audio of a connection, utterance after utterance, as messages of the size the vendor sends."""

    def __init__(self, order: Order, switches: Callable[[], Switches]) -> None:
        self._order = order
        self._switches = switches
        self._chunker: Chunker | None = None
        self._has_header = False

    def more(self, pcm: bytes) -> list[Send]:
        """What can be sent with this audio."""
        if self._chunker is None:
            holds_last = self._switches().vn_tts_final == "data"
            self._chunker = Chunker(self._order.rate_hz, CHUNK_MS, holds_last=holds_last)
        return [self._message(chunk) for chunk in self._chunker.feed(pcm)]

    def end(self) -> list[Send]:
        """The rest of an utterance, and its mark of the end."""
        rest = self._chunker.end() if self._chunker else b""
        if self._switches().vn_tts_final == "data":
            messages = [self._message(rest, is_final=True)]
        else:
            messages = [self._message(rest)] if rest else []
            messages.append(self._message(b"", is_final=True))
        self._chunker = None
        self._has_header = False
        return messages

    def _message(self, chunk: bytes, *, is_final: bool = False) -> Send:
        data = base64.b64encode(self._headed(chunk)).decode("ascii")
        return Send({"type": "audio", "data": data, "is_final": is_final})

    def _headed(self, chunk: bytes) -> bytes:
        """A chunk with the header it is to have; one without audio has none."""
        where = self._switches().vn_tts_wav
        if not chunk or self._order.format != "wav" or where == "none":
            return chunk
        if where == "first" and self._has_header:
            return chunk
        self._has_header = True
        return wav.header(self._order.rate_hz) + chunk


class TtsProtocol:
    """One connection. Every method returns the actions that follow, in order."""

    def __init__(
        self, catalogue: Catalogue, switches: Callable[[], Switches], next_request_id: Callable[[], str]
    ) -> None:
        self._catalogue = catalogue
        self._switches = switches
        self._request_id = next_request_id()
        self.state = State.WAIT_INIT
        self._order: Order | None = None
        self._text = ""
        """What came and is not to be spoken yet."""
        self._characters = 0
        """Of the utterance so far."""
        self._sound: Sound | None = None

    @property
    def is_waiting_for_init(self) -> bool:
        """Whether the client has yet to begin."""
        return self.state is State.WAIT_INIT

    # What the client says

    def receive_text(self, text: str) -> list[Action]:
        """One text message."""
        if self.state is State.OVER or self._switches().tts_nothing:
            return []
        try:
            return self._obey(parse(text))
        except Refusal as refusal:
            return self._refuse(refusal)

    def receive_binary(self) -> list[Action]:
        """A binary message, which the protocol does not have."""
        if self.state is State.OVER or self._switches().tts_nothing:
            return []
        return [self._error("INVALID_MESSAGE", "binary messages are not part of this protocol")]

    # What is heard of the speaker

    def spoken(self, pcm: bytes) -> list[Action]:
        """Audio of what is being spoken."""
        return [*self._sound.more(pcm)] if self._sound else []

    def ended(self, is_last: bool) -> list[Action]:
        """A text is spoken to its end, and with it perhaps its utterance."""
        return [*self._sound.end()] if self._sound and is_last else []

    def troubled(self, trouble: Trouble) -> list[Action]:
        """Something is to go wrong now."""
        if trouble is Trouble.GARBLE:
            return [Send(raw='{"type": "audio", "data": "AAAB')]
        self.state = State.OVER
        return [Drop()]

    def failed(self) -> list[Action]:
        """The speaker broke off."""
        if self.state is State.OVER:
            return []
        return self._refuse(Refusal("INTERNAL_ERROR", "the synthesis ended unexpectedly", INTERNAL))

    def expired(self, what: Literal["init", "idle", "session"]) -> list[Action]:
        """A time limit has run out."""
        if self.state is State.OVER or (what == "init" and self.state is not State.WAIT_INIT):
            return []
        self.state = State.OVER
        return [Close(POLICY)]

    # Messages

    def _obey(self, body: Message) -> list[Action]:
        match body["type"]:
            case "init":
                return self._init(body)
            case "text":
                return self._say(body)
            case "ping":
                return self._ping()
            case unknown:
                raise Refusal("INVALID_MESSAGE", f"unknown type {unknown[:40]}")

    def _init(self, body: Message) -> list[Action]:
        if self.state is not State.WAIT_INIT:
            raise Refusal("ALREADY_INITIALIZED", "init was sent before")
        try:
            order = voxnexus_order.parse(body, self._catalogue)
        except Refusal as refusal:
            raise Refusal(refusal.code, str(refusal), POLICY) from refusal
        self._order = order
        self._sound = Sound(order, self._switches)
        self.state = State.READY
        ready = {"type": "ready", "request_id": self._request_id, "voice_id": order.voice.id}
        ready |= {"language": order.language, "format": order.format}
        return [Send({**ready, "sample_rate": order.rate_hz})]

    def _say(self, body: Message) -> list[Action]:
        if self._order is None:
            raise Refusal("NOT_INITIALIZED", "text before init")
        piece, is_final = body.get("text", ""), body.get("is_final", False)
        if not isinstance(piece, str) or not isinstance(is_final, bool):
            raise Refusal("INVALID_MESSAGE", "text is a text, is_final is true or false")
        self._add(piece)
        if is_final:
            text, self._text, self._characters = self._text, "", 0
            return [Speak(text, self._order, is_last=True)]
        at = self._speakable()
        text, self._text = self._text[:at], self._text[at:]
        return [Speak(text, self._order, is_last=False)] if text else []

    def _add(self, piece: str) -> None:
        if self._characters and self._switches().vn_tts_join == "space":
            piece = f" {piece}"
        self._characters += len(piece)
        try:
            voxnexus_order.check_length(self._characters)
        except Refusal:
            self._text, self._characters = "", 0
            raise
        self._text += piece

    def _speakable(self) -> int:
        """How much of the text that came is to be spoken before more of it comes. SSML is one whole."""
        start = self._switches().vn_tts_start
        if start == "final" or (self._order is not None and self._order.is_ssml):
            return 0
        return len(self._text) if start == "each" else last_end(self._text)

    def _ping(self) -> list[Action]:
        match self._switches().pong:
            case "pong":
                return [Send({"type": "pong"})]
            case "error":
                raise Refusal("INVALID_MESSAGE", "unknown type ping")
            case _:
                return []

    # Refusals

    def _error(self, code: str, message: str) -> Send:
        return Send({"type": "error", "error": message, "code": code, "request_id": self._request_id})

    def _refuse(self, refusal: Refusal) -> list[Action]:
        actions: list[Action] = [self._error(refusal.code, str(refusal))]
        if refusal.close_code:
            self.state = State.OVER
            actions.append(Close(refusal.close_code))
        return actions
