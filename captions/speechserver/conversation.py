"""What is said between the server and one recogniser, and the recogniser's side of it.

``serve`` is the whole life of a recogniser. In a thread it is given queues; in a process of its own,
a pair of pipes that carry the same requests and replies as frames.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from captions.audio import RATE_HZ, ms_to_samples, samples_in
from captions.speechserver.engines.base import SttEngine, SttSession, Transcript, Word

CATCH_UP_MS = 1_000
"""At most so much waiting audio is given to an engine at once, which then makes one interim of it."""


@dataclass(frozen=True, slots=True)
class Open:
    """Start a session."""

    language: str


@dataclass(frozen=True, slots=True)
class Audio:
    """PCM to recognise."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Flush:
    """Finish what was heard; answered by ``Flushed``."""


@dataclass(frozen=True, slots=True)
class End:
    """Close the session; the last thing said."""


Request = Open | Audio | Flush | End


@dataclass(frozen=True, slots=True)
class Opened:
    """The session is there; ``pid`` is the process it runs in."""

    pid: int


@dataclass(frozen=True, slots=True)
class Heard:
    """Transcripts of the audio up to ``samples``, counted from the session's first."""

    transcripts: tuple[Transcript, ...]
    samples: int


@dataclass(frozen=True, slots=True)
class Flushed:
    """All audio before a flush is done with; its last transcripts."""

    transcripts: tuple[Transcript, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The engine raised; nothing follows. ``reason`` names the exception and holds no text of captions."""

    reason: str


Reply = Opened | Heard | Flushed | Failed


def serve(engine: SttEngine, requests: SimpleQueue[Request], reply: Callable[[Reply], None]) -> None:
    """Run one session from ``Open`` to ``End``; an error of the engine ends it with ``Failed``."""
    session: SttSession | None = None
    try:
        for request in _caught_up(requests):
            match request:
                case Open(language=language):
                    session = engine.open(language=language, sample_rate_hz=RATE_HZ)
                    samples = 0
                    reply(Opened(os.getpid()))
                case Audio(pcm=pcm) if session is not None:
                    said = session.feed(pcm)
                    samples += samples_in(pcm)
                    reply(Heard(tuple(said), samples))
                case Flush() if session is not None:
                    reply(Flushed(tuple(session.flush())))
                case End():
                    return
    except Exception as exc:
        reply(Failed(_where(exc)))
    finally:
        if session is not None:
            session.close()


def _where(exc: Exception) -> str:
    """Kind and place of an error; not its words, which may hold what was said."""
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(exc).__name__}{place}"


def _caught_up(requests: SimpleQueue[Request]) -> Iterator[Request]:
    """Requests in order, for ever; audio that has piled up comes as one."""
    longest = ms_to_samples(CATCH_UP_MS) * 2
    ahead: Request | None = None
    while True:
        request, ahead = ahead or requests.get(), None
        if not isinstance(request, Audio):
            yield request
            continue
        pieces, size = [request.pcm], len(request.pcm)
        while size < longest:
            try:
                ahead = requests.get_nowait()
            except Empty:
                break
            if not isinstance(ahead, Audio):
                break
            pieces.append(ahead.pcm)
            size += len(ahead.pcm)
            ahead = None
        yield Audio(b"".join(pieces))


# Frames: one letter, a length, a body. Audio is raw, all else JSON.

HEADER = struct.Struct("<cI")


def encode_request(request: Request) -> bytes:
    """A request as a frame."""
    match request:
        case Open(language=language):
            return _frame(b"O", language.encode())
        case Audio(pcm=pcm):
            return _frame(b"A", pcm)
        case Flush():
            return _frame(b"F")
        case End():
            return _frame(b"E")


def decode_request(kind: bytes, body: bytes) -> Request:
    """The request of a frame. Raises ``ValueError``."""
    match kind:
        case b"O":
            return Open(body.decode())
        case b"A":
            return Audio(body)
        case b"F":
            return Flush()
        case b"E":
            return End()
        case _:
            raise ValueError(f"no request of kind {kind!r}")


def encode_reply(reply: Reply) -> bytes:
    """A reply as a frame."""
    match reply:
        case Opened(pid=pid):
            return _frame(b"o", json.dumps(pid).encode())
        case Heard(transcripts=transcripts, samples=samples):
            return _frame(b"h", json.dumps([samples, _to_json(transcripts)]).encode())
        case Flushed(transcripts=transcripts):
            return _frame(b"f", json.dumps(_to_json(transcripts)).encode())
        case Failed(reason=reason):
            return _frame(b"x", json.dumps(reason).encode())


def decode_reply(kind: bytes, body: bytes) -> Reply:
    """The reply of a frame. Raises ``ValueError``."""
    data = json.loads(body)
    match kind:
        case b"o":
            return Opened(data)
        case b"h":
            return Heard(_from_json(data[1]), data[0])
        case b"f":
            return Flushed(_from_json(data))
        case b"x":
            return Failed(data)
        case _:
            raise ValueError(f"no reply of kind {kind!r}")


def _frame(kind: bytes, body: bytes = b"") -> bytes:
    return HEADER.pack(kind, len(body)) + body


def _to_json(transcripts: tuple[Transcript, ...]) -> list[Any]:
    return [
        [
            one.text,
            one.is_final,
            one.offset_ms,
            one.duration_ms,
            one.confidence,
            [[word.text, word.offset_ms, word.duration_ms, word.confidence] for word in one.words],
        ]
        for one in transcripts
    ]


def _from_json(data: list[list[Any]]) -> tuple[Transcript, ...]:
    return tuple(
        Transcript(text, is_final, offset_ms, duration_ms, confidence, tuple(Word(*word) for word in words))
        for text, is_final, offset_ms, duration_ms, confidence, words in data
    )
