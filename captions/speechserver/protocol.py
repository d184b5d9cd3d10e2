"""The VoxNexus realtime speech-to-text protocol as the server speaks it, with no socket in sight.

Messages go in, actions come out: what to send, what to feed to the recogniser, when to close. What
the recogniser says goes in as well. States and errors are those of the emulator contract
(voice-API contract, 8.2 and 8.4); a few errors of our own are named where they are made.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Literal

from captions.audio import RATE_HZ, samples_in, samples_to_ms
from captions.speechserver.engines.base import Transcript
from captions.speechserver.languages import resolve
from captions.speechserver.llm import Transformer, TransformRequest
from captions.speechserver.switches import Switches

Message = dict[str, Any]

MODELS = ("vn-stt-basic", "vn-stt-ultra")
NORMAL, POLICY, INTERNAL, TRY_LATER = 1000, 1008, 1011, 1013


@dataclass(frozen=True, slots=True)
class Send:
    """Send this message; ``raw`` instead of it where it is not to be JSON."""

    message: Message = field(default_factory=dict)
    raw: str = ""


@dataclass(frozen=True, slots=True)
class SendBytes:
    """Send one binary message."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket in good order, after what was sent."""

    code: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Let the connection break, after what was sent: no close frame."""


@dataclass(frozen=True, slots=True)
class OpenRecogniser:
    """Find a free recogniser; answer with ``opened``, ``exhausted`` or ``failed``."""

    language: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Give this audio to the recogniser."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """Have the recogniser finish what it has heard; answer with ``finished``."""


Action = Send | Close | Drop | OpenRecogniser | Feed | Finish


@dataclass(frozen=True, slots=True)
class Server:
    """What one connection needs to know of the server it is part of."""

    switches: Callable[[], Switches]
    languages: tuple[str, ...]
    engine: str
    next_request_id: Callable[[], str]
    may_drop: Callable[[], bool] = lambda: True
    """Asked once when ``drop_after_ms`` is reached: whether this connection is one to be dropped."""


class State(Enum):
    """Where a connection stands."""

    WAIT_INIT = auto()
    OPENING = auto()
    READY = auto()
    OVER = auto()


class Refusal(Exception):
    """A message that cannot be taken. ``close_code`` 0: the connection stays as it is."""

    def __init__(self, code: str, message: str, close_code: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.close_code = close_code


class SttProtocol:
    """One connection. Every method returns the actions that follow, in order."""

    def __init__(self, server: Server, *, may_transform: bool = True) -> None:
        self._server = server
        self._may_transform = may_transform
        self.state = State.WAIT_INIT
        self._request_id = server.next_request_id()
        self._language = ""
        self._with_words = False
        self._transformer: Transformer | None = None
        self._segments = 0
        self._received = 0
        """Samples fed so far."""
        self._bases: deque[int] = deque()
        """Samples fed before each flush that is not yet done."""
        self._base_ms = 0
        self._fault: Literal["", "drop", "error"] = ""
        """A fault that strikes once everything fed has been recognised."""
        self._fault_at = 0
        self._is_stalled = False
        self._has_garbled = False

    @property
    def is_waiting_for_init(self) -> bool:
        """Whether the client has yet to begin."""
        return self.state is State.WAIT_INIT

    # What the client says

    def receive_text(self, text: str) -> list[Action]:
        """One text message."""
        if self.state in (State.OVER, State.OPENING) or self._fault:
            return []
        try:
            return self._said(list(self._obey(parse(text))))
        except Refusal as refusal:
            return self._said(self._refuse(refusal))

    def receive_binary(self) -> list[Action]:
        """A binary message, which the protocol does not have."""
        if self.state is State.OVER:
            return []
        return self._said([self._error("INVALID_MESSAGE", "binary messages are not part of this protocol")])

    # What the recogniser says

    def opened(self) -> list[Action]:
        """A recogniser is there. Until then nothing is to be read: what comes early waits in the socket."""
        if self.state is not State.OPENING:
            return []
        self.state = State.READY
        ready = {"type": "ready", "language": self._language, "format": "pcm", "sample_rate": RATE_HZ}
        return [Send(self._signed(ready))]

    def exhausted(self, limit: int) -> list[Action]:
        """All recognisers are taken. The code is ours; its words make it a matter of quota."""
        message = f"all {limit} recognisers are taken: the limit of parallel sessions is reached"
        return self._refuse(Refusal("SESSION_LIMIT_REACHED", message, TRY_LATER))

    def heard(self, transcripts: Iterable[Transcript], samples: int) -> list[Action]:
        """Transcripts of the audio up to ``samples``, counted from the first that was fed."""
        actions = self._transcripts(transcripts)
        if self._fault and samples >= self._fault_at and self.state is not State.OVER:
            self.state = State.OVER
            if self._fault == "drop":
                return [*self._said(actions), Drop()]
            actions += self._refuse(Refusal("INTERNAL_ERROR", "the service had a fault", INTERNAL))
        return self._said(actions)

    def finished(self, transcripts: Iterable[Transcript]) -> list[Action]:
        """All audio before a flush is recognised; these are its last transcripts."""
        actions = self._transcripts(transcripts)
        actions += [Send(self._signed(message)) for message in self._llm("before_flush_done")]
        if not self._server.switches().no_flush_done:
            actions.append(Send({"type": "flush_done", "request_id": self._request_id}))
        actions += [Send(self._signed(message)) for message in self._llm("after_flush_done")]
        base = self._bases.popleft()
        if self._server.switches().offsets_after_flush == "restart":
            self._base_ms = samples_to_ms(base)
        if self._server.switches().request_id == "per_recognition":
            self._request_id = self._server.next_request_id()
        return self._said(actions)

    def failed(self) -> list[Action]:
        """The recogniser is gone."""
        if self.state is State.OVER:
            return []
        return self._refuse(Refusal("INTERNAL_ERROR", "recognition ended unexpectedly", INTERNAL))

    def expired(self, what: Literal["init", "idle", "session"]) -> list[Action]:
        """A time limit has run out."""
        if self.state is State.OVER or (what == "init" and self.state is not State.WAIT_INIT):
            return []
        self.state = State.OVER
        return [Close(POLICY)]

    # Messages

    def _obey(self, body: Message) -> Iterable[Action]:
        match body["type"]:
            case "init":
                return self._init(body)
            case "audio":
                return self._audio(body)
            case "command":
                return self._command(body)
            case "ping":
                return self._ping()
            case "end" if self._server.switches().shape == "legacy_messages":
                return self._command({"command": "flush"})
            case unknown:
                raise Refusal("INVALID_MESSAGE", f"unknown type {str(unknown)[:40]}")

    def _init(self, body: Message) -> list[Action]:
        if self.state is not State.WAIT_INIT:
            raise Refusal("ALREADY_INITIALIZED", "init was sent before")
        if (switches := self._server.switches()).init_error:
            raise Refusal(switches.init_error, "refused on purpose", int(switches.init_close))
        if switches.init_close:
            self.state = State.OVER
            return [Close(int(switches.init_close))]
        self._check_model(body)
        if body.get("format", "pcm") != "pcm" or body.get("sample_rate", RATE_HZ) != RATE_HZ:
            raise Refusal("UNSUPPORTED_FORMAT", f"only pcm at {RATE_HZ} Hz is supported", POLICY)
        asked = text_of(body, "language", "en-US")
        language = resolve(asked, self._server.languages)
        if language is None:
            message = f"language {asked[:35]} is unknown to engine {self._server.engine}"
            raise Refusal("UNSUPPORTED_LANGUAGE", message, POLICY)
        self._language = language
        self._with_words = body.get("enable_timestamps") is True
        if body.get("enable_llm_transform") is True:
            self._transformer = self._open_transform(body)
        self.state = State.OPENING
        return [] if self._server.switches().no_ready else [OpenRecogniser(language)]

    def _check_model(self, body: Message) -> None:
        model = body.get("model_id", body.get("model"))
        if model is None:
            if self._server.switches().model_required:
                raise Refusal("INVALID_REQUEST", "model_id is required", POLICY)
        elif model not in MODELS:
            raise Refusal("MODEL_NOT_FOUND", f"there is no model {str(model)[:60]}", POLICY)

    def _open_transform(self, body: Message) -> Transformer | None:
        if not self._may_transform:
            if self._server.switches().llm_refusal == "silent":
                return None
            raise Refusal("LLM_NOT_ENABLED", "the text transform is not enabled for this account", POLICY)
        prompt = text_of(body, "llm_prompt", "")
        if not prompt.strip():
            raise Refusal("INVALID_REQUEST", "llm_prompt is required with enable_llm_transform", POLICY)
        mode = body.get("llm_mode", "per_segment")
        if mode not in ("per_segment", "post_flush"):
            raise Refusal("INVALID_REQUEST", "llm_mode is per_segment or post_flush", POLICY)
        max_tokens = body.get("llm_max_tokens")
        if max_tokens is not None and (type(max_tokens) is not int or not 1 <= max_tokens <= 4096):
            raise Refusal("INVALID_REQUEST", "llm_max_tokens is a whole number from 1 to 4096", POLICY)
        request = TransformRequest(prompt, mode, max_tokens, self._full_pass_prompt(body, prompt))
        return Transformer(request, self._server.switches)

    def _full_pass_prompt(self, body: Message, prompt: str) -> str | None:
        given = [body[name] for name in self._server.switches().full_pass_params if name in body]
        if not any(value is True for value in given):
            return None
        return next((value for value in given if isinstance(value, str) and value.strip()), prompt)

    def _audio(self, body: Message) -> list[Action]:
        if self.state is not State.READY:
            raise Refusal("NOT_INITIALIZED", "audio before init")
        pcm = _pcm(body.get("data"))
        if not pcm:
            return []
        pcm = self._cut_at_fault(pcm)
        before_ms = samples_to_ms(self._received)
        self._received += samples_in(pcm)
        actions: list[Action] = [Feed(pcm)] if pcm else []
        garble_ms = self._server.switches().garble_after_ms
        if garble_ms and not self._has_garbled and before_ms < garble_ms <= samples_to_ms(self._received):
            self._has_garbled = True
            actions.append(Send(raw='{"type": "transcript", "text": "cut o'))
        stall_ms = self._server.switches().stall_after_ms
        if stall_ms and samples_to_ms(self._received) >= stall_ms:
            self._is_stalled = True
        return actions

    def _cut_at_fault(self, pcm: bytes) -> bytes:
        """The audio up to where a fault is set to strike, so that it strikes at the same place always."""
        switches = self._server.switches()
        for fault, at_ms in (("drop", switches.drop_after_ms), ("error", switches.error_after_ms)):
            at = int(at_ms) * RATE_HZ // 1000
            if not at or not self._received < at <= self._received + samples_in(pcm):
                continue
            if fault == "drop" and not self._server.may_drop():
                continue
            self._fault = "drop" if fault == "drop" else "error"
            self._fault_at = at
            return pcm[: (at - self._received) * 2]
        return pcm

    def _command(self, body: Message) -> list[Action]:
        if self.state is not State.READY:
            raise Refusal("NOT_INITIALIZED", "command before init")
        if body.get("command") != "flush":
            raise Refusal("INVALID_MESSAGE", "flush is the only command")
        self._bases.append(self._received)
        return [Finish()]

    def _ping(self) -> list[Action]:
        match self._server.switches().pong:
            case "pong":
                return [Send({"type": "pong"})]
            case "error":
                raise Refusal("INVALID_MESSAGE", "unknown type ping")
            case _:
                return []

    # Transcripts

    def _transcripts(self, transcripts: Iterable[Transcript]) -> list[Action]:
        actions: list[Action] = []
        for transcript in transcripts:
            message = self._transcript(transcript)
            if transcript.is_final and self._transformer is not None:
                self._segments += 1
                segment_id = f"seg_{self._segments:04d}"
                actions.append(Send({**message, "segment_id": segment_id}))
                actions += [
                    Send(self._signed(llm)) for llm in self._transformer.on_final(segment_id, transcript.text)
                ]
            else:
                actions.append(Send(message))
        return actions

    def _transcript(self, transcript: Transcript) -> Message:
        switches = self._server.switches()
        start_ms = max(0, transcript.offset_ms - self._base_ms)
        legacy = switches.shape == "legacy_messages"
        message: Message = {"type": "transcript", "request_id": self._request_id, "text": transcript.text}
        if legacy:
            message["type"] = "final" if transcript.is_final else "partial"
        else:
            message["is_final"] = transcript.is_final
        if switches.language_field != "absent":
            code = self._language.split("-")[0]
            message["language"] = code if switches.language_field == "code" else self._language
        if legacy:
            if transcript.is_final:
                message["end_time_ms"] = start_ms + transcript.duration_ms
            return message
        if transcript.is_final or switches.interim_extras != "no_offsets":
            message |= times(switches, start_ms, transcript.duration_ms)
        if transcript.is_final:
            if transcript.confidence is not None:
                message["confidence"] = round(transcript.confidence, 3)
            if self._with_words:
                message["words"] = self._words(transcript)
        elif switches.interim_extras == "zero_confidence":
            message["confidence"] = 0.0
        return message

    def _words(self, transcript: Transcript) -> list[Message]:
        switches = self._server.switches()
        base_ms = transcript.offset_ms if switches.word_offsets == "relative" else self._base_ms
        words: list[Message] = []
        for word in transcript.words:
            body: Message = {
                "word": word.text,
                **times(switches, max(0, word.offset_ms - base_ms), word.duration_ms),
            }
            if word.confidence is not None:
                body["confidence"] = round(word.confidence, 3)
            words.append(body)
        return words

    def _llm(self, when: Literal["before_flush_done", "after_flush_done"]) -> list[Message]:
        if self._transformer is None:
            return []
        if when == "before_flush_done":
            return self._transformer.before_flush_done()
        return self._transformer.after_flush_done()

    # Refusals

    def _signed(self, message: Message) -> Message:
        return {**message, "request_id": self._request_id}

    def _error(self, code: str, message: str) -> Send:
        return Send(self._signed({"type": "error", "error": message, "code": code}))

    def _refuse(self, refusal: Refusal) -> list[Action]:
        actions: list[Action] = [self._error(refusal.code, str(refusal))]
        if refusal.close_code:
            self.state = State.OVER
            actions.append(Close(refusal.close_code))
        return actions

    def _said(self, actions: list[Action]) -> list[Action]:
        """A stalled server still listens but says nothing, not even that it closes."""
        if not self._is_stalled:
            return actions
        return [action for action in actions if isinstance(action, Feed | Finish)]


def error_message(code: str, message: str) -> Message:
    """An error outside any session."""
    return {"type": "error", "error": message, "code": code}


def parse(text: str) -> Message:
    """A message with its type. Raises ``Refusal``."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise Refusal("INVALID_MESSAGE", "not JSON") from exc
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        raise Refusal("INVALID_MESSAGE", "no type")
    return body


def text_of(body: Message, name: str, default: str) -> str:
    """A field that is a text. Raises ``Refusal``."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise Refusal("INVALID_REQUEST", f"{name} is a text", POLICY)
    return value


def _pcm(data: object) -> bytes:
    if not isinstance(data, str):
        raise Refusal("INVALID_AUDIO", "data is base64 text")
    try:
        pcm = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Refusal("INVALID_AUDIO", "data is not base64") from exc
    if len(pcm) % 2:
        raise Refusal("INVALID_AUDIO", "an odd number of bytes")
    return pcm


def times(switches: Switches, offset_ms: int, duration_ms: int) -> Message:
    """Where something lies in the audio, in the fields of this generation of the documents or the old."""
    if switches.shape == "old":
        return {"start_time_ms": offset_ms, "end_time_ms": offset_ms + duration_ms}
    return {"offset": offset_ms, "duration": duration_ms}
