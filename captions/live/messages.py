"""What browsers say and what they are told, as text and bytes; nothing here waits.

In: :func:`parse_host`, :func:`parse_viewer` and :func:`parse_chunk` give frozen commands or raise
``BadMessage`` or ``BadChunk`` with a sentence for whoever wrote the client. Out: the ``encode_…``
functions give JSON text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from captions.audio import BYTES_PER_SAMPLE, SAMPLES_PER_MS
from captions.errors import BadChunk, BadMessage, CaptionError
from captions.live.trace import is_well_formed

INDEX_BYTES = 4
MAX_VERSION = 2**63 - 1
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_MAX_LANGUAGE_CHARS = 35
_MAX_SESSION_CHARS = 64


@dataclass(frozen=True, slots=True)
class Start:
    """Go on the air: with a session of its own, or on with ``session`` (as the browser wrote it).

    ``is_new``: begin ``session`` unless it has begun; so a start can be said again. ``trace`` is what
    our log lines are to carry.
    """

    language: str | None = None
    session: str | None = None
    take_over: bool = False
    trace: str | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Go off the air."""


@dataclass(frozen=True, slots=True)
class Since:
    """Send what changed after ``version``."""

    version: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of audio. ``first_sample`` counts from the first sample of the session."""

    first_sample: int
    pcm: bytes

    @property
    def end_sample(self) -> int:
        """Index of the sample behind the last one."""
        return self.first_sample + len(self.pcm) // BYTES_PER_SAMPLE


def parse_host(text: str, *, max_bytes: int) -> Start | Stop | Since:
    """A host's text message."""
    body = parse_object(text, max_bytes)
    match body["type"]:
        case "start":
            return _start(body)
        case "stop":
            return Stop()
        case "since":
            return _since(body)
    raise BadMessage(f"A host may say start, stop or since, not {shown(body['type'])}.")


def parse_viewer(text: str, *, max_bytes: int) -> Since:
    """A viewer's text message."""
    body = parse_object(text, max_bytes)
    if body["type"] == "since":
        return _since(body)
    raise BadMessage(f"A viewer may say since, not {shown(body['type'])}.")


def parse_chunk(data: bytes, *, max_ms: int) -> Chunk:
    """A host's binary message: 4 bytes little-endian index of the first sample, then PCM16.

    Less than the 20 ms of the interface is taken: the last piece of a recording may be shorter.
    """
    if len(data) < INDEX_BYTES:
        raise BadChunk(f"A chunk begins with {INDEX_BYTES} bytes of sample index; {len(data)} bytes came.")
    return Chunk(int.from_bytes(data[:INDEX_BYTES], "little"), parse_pcm(data[INDEX_BYTES:], max_ms=max_ms))


def parse_pcm(pcm: bytes, *, max_ms: int) -> bytes:
    """A piece of audio that is whole and not too long. Raises ``BadChunk``."""
    if not pcm:
        raise BadChunk("A chunk without audio came.")
    if len(pcm) % BYTES_PER_SAMPLE:
        raise BadChunk(f"{len(pcm)} bytes of audio are not a whole number of 16-bit samples.")
    if len(pcm) > max_ms * SAMPLES_PER_MS * BYTES_PER_SAMPLE:
        raise BadChunk(f"A chunk may hold {max_ms} ms of audio; {len(pcm)} bytes are more.")
    return pcm


def parse_version(text: str | None) -> int | None:
    """A version out of a URL or header; ``None`` where there is none."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_VERSION):
        raise BadMessage("A version is a whole number, 0 or more.")
    return int(text)


def encode(message: Mapping[str, Any]) -> str:
    """Compact JSON. Half of a surrogate pair, which UTF-8 cannot say, goes out escaped."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() or _encodable(text) else json.dumps(message, separators=(",", ":"))


def encode_hello(room: Mapping[str, str], *, live: bool, now: str, refill: str) -> str:
    """The first message, around what :func:`encode_refill` gave; ``now`` is our clock's, ISO 8601."""
    return f"{encode({'type': 'hello', 'room': room, 'live': live, 'now': now})[:-1]},{refill}}}"


def encode_changes(refill: str) -> str:
    """A refill as a message of its own, around what :func:`encode_refill` gave."""
    return f'{{"type":"changes",{refill}}}'


def encode_refill(
    *, version: int, segments: Sequence[Mapping[str, Any]], more: bool, removed: Sequence[str] = ()
) -> str:
    """The part that many messages share, without its braces: encoded once, sent to many.

    ``more`` and ``removed`` (sessions deleted since) stand in it only where there is something to say.
    """
    body: dict[str, Any] = {"version": version, "segments": segments}
    if more:
        body["more"] = True
    if removed:
        body["removed"] = removed
    return encode(body)[1:-1]


def encode_interim(*, session: str, utterance: int, text: str, offset_ms: int, language: str) -> str:
    return encode(
        {
            "type": "interim",
            "session": session,
            "utterance": utterance,
            "text": text,
            "offset_ms": offset_ms,
            "language": language,
        }
    )


def encode_segment(type_: str, *, version: int, segment: Mapping[str, Any]) -> str:
    """A ``final`` or ``revised``."""
    return encode({"type": type_, "version": version, "segment": segment})


def encode_status(*, live: bool, upstream: str, **counts: int) -> str:
    """``counts`` are ``kept_ms`` and ``lost_ms`` while the upstream is away; for hosts ``unstored``."""
    return encode({"type": "status", "live": live, "upstream": upstream, **counts})


def encode_tick(version: int) -> str:
    return encode({"type": "tick", "version": version})


def encode_ready(*, session: str, samples: int, trace: str) -> str:
    return encode({"type": "ready", "session": session, "samples": samples, "trace": trace})


def encode_heard(samples: int) -> str:
    return encode({"type": "heard", "samples": samples})


def encode_spend(*, used_ms: int, left_ms: int | None, limit: str | None, near: bool, resets_at: str) -> str:
    """Today's speech time, by the limit that has the least left; without a limit, the room's."""
    return encode(
        {
            "type": "spend",
            "used_ms": used_ms,
            "left_ms": left_ms,
            "limit": limit,
            "near": near,
            "resets_at": resets_at,
        }
    )


def encode_stopped(*, session: str, segments: int) -> str:
    return encode({"type": "stopped", "session": session, "segments": segments})


def encode_error(error: CaptionError, *, samples: int | None = None, fatal: bool | None = None) -> str:
    """An error as a message. ``samples`` says where the host goes on; a taken room names its session,
    a refused embed the origin that its room's owner could allow."""
    body: dict[str, Any] = {
        "type": "error",
        "code": error.code,
        "message": str(error),
        "fatal": error.fatal if fatal is None else fatal,
    }
    if error.template != body["message"]:
        body["template"] = error.template
    if error.values:
        body["values"] = dict(error.values)
    if session := getattr(error, "session_id", ""):
        body["session"] = str(session)
    if origin := getattr(error, "origin", ""):
        body["origin"] = str(origin)
    if samples is not None:
        body["samples"] = samples
    return encode(body)


def parse_object(text: str, max_bytes: int) -> dict[str, Any]:
    """A text message that has a type. Raises ``BadMessage``."""
    # Characters, then bytes: the first is free, and most text is ASCII.
    if len(text) > max_bytes or (not text.isascii() and len(text.encode("utf-8", "replace")) > max_bytes):
        raise BadMessage(f"A text message may have {max_bytes} bytes.")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise BadMessage("A text message is a JSON object; this is not JSON.") from exc
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        raise BadMessage('A text message is a JSON object with a "type".')
    return body


def _start(body: Mapping[str, Any]) -> Start:
    language, session, take_over = language_of(body), body.get("session"), body.get("take_over", False)
    if session is not None and not (isinstance(session, str) and 0 < len(session) <= _MAX_SESSION_CHARS):
        raise BadMessage('"session" is the id of a session.')
    if not isinstance(take_over, bool):
        raise BadMessage('"take_over" is true or false.')
    is_new = body.get("new", False)
    if not isinstance(is_new, bool) or (is_new and session is None):
        raise BadMessage('"new" is true or false, and goes with "session".')
    trace = body.get("trace")
    if trace is not None and not (isinstance(trace, str) and is_well_formed(trace)):
        raise BadMessage('"trace" is 4 to 64 letters, digits, dots, hyphens or underscores.')
    return Start(language=language, session=session, take_over=take_over, trace=trace, is_new=is_new)


def language_of(body: Mapping[str, Any]) -> str | None:
    """The language of a start, if it names one. Raises ``BadMessage``."""
    language = body.get("language")
    if language is None:
        return None
    if isinstance(language, str) and len(language) <= _MAX_LANGUAGE_CHARS and _LANGUAGE.fullmatch(language):
        return language
    raise BadMessage('"language" is a BCP 47 tag such as en-US.')


def _since(body: Mapping[str, Any]) -> Since:
    version = body.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version <= MAX_VERSION:
        raise BadMessage('"version" is a whole number, 0 or more.')
    return Since(version)


def shown(value: str) -> str:
    """A foreign word, short and plain enough for a message of ours."""
    return repr(value[:40].encode("ascii", "backslashreplace").decode())


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
