"""Why an upstream refuses, and when it may be asked again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from captions.errors import FaultKind
from captions.upstream.redaction import without
from captions.upstream.secret import Secret

MAX_FAULT_CHARACTERS = 300
"""What is kept of an upstream's error text: enough to read, too little to flood a log."""
_REFUSED_CLOSES = {1008: FaultKind.AUTH, 1013: FaultKind.QUOTA, 4429: FaultKind.QUOTA}


@dataclass(frozen=True, slots=True)
class Fault:
    """An upstream's error, classified."""

    kind: FaultKind
    message: str
    upstream_code: str = ""
    request_id: str = ""

    def redacted(self, key: Secret) -> Fault:
        """Without the key, should the upstream have quoted it or the address it was in."""
        return replace(
            self,
            message=without(key, self.message),
            upstream_code=without(key, self.upstream_code),
            request_id=without(key, self.request_id),
        )


def close_kind(code: int) -> FaultKind | None:
    """Why a socket was closed before it served, where the code means no (contract, U3 and U21)."""
    kind = _REFUSED_CLOSES.get(code)
    return FaultKind.AUTH if kind is None and 4000 <= code <= 4999 else kind


def text_in(body: Mapping[str, Any], name: str) -> str:
    """A field as text; numbers are written out (U10), null and everything else is absent."""
    value = body.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def tidy(text: str) -> str:
    """One short line without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:MAX_FAULT_CHARACTERS]


# Codes are matched anywhere, messages by words: "sample rate" is no quota, "keyword" is no key.
_CODE_KINDS: tuple[tuple[FaultKind, re.Pattern[str]], ...] = (
    (FaultKind.PROTOCOL, re.compile(r"NOT_INITIALIZED|ALREADY_INITIALIZED|INVALID_(MESSAGE|AUDIO)")),
    (FaultKind.AUTH, re.compile(r"AUTH|KEY|TOKEN(?!S)|FORBIDDEN|PERMISSION")),
    (
        FaultKind.QUOTA,
        re.compile(r"RATE_?LIMIT|(?<!SAMPLE_)RATE(?![A-Z])|QUOTA|LIMIT|CREDIT|TOO_MANY|BUSY|CAPACITY"),
    ),
    (
        FaultKind.CONFIG,
        re.compile(
            r"INVALID|NOT_FOUND|UNSUPPORTED|NOT_SUPPORTED|REQUIRED|VALIDATION|NOT_ENABLED|TOO_L(ONG|ARGE)"
        ),
    ),
)
_MESSAGE_KINDS: tuple[tuple[FaultKind, re.Pattern[str]], ...] = (
    (
        FaultKind.AUTH,
        re.compile(
            r"\b(un)?auth(oriz|oris|entic)|\bapi[ _-]?key\b|\bkey\b|\btoken\b|\bforbidden\b|\bpermission"
        ),
    ),
    (
        FaultKind.QUOTA,
        re.compile(r"\brate[ _-]?limit|\bquota\b|\blimit(s|ed)?\b|\bcredits?\b|\btoo many\b|\bbusy\b"),
    ),
    (
        FaultKind.CONFIG,
        re.compile(
            r"\binvalid\b|\bnot[ _]found\b|\bunsupported\b|\bnot supported\b|\brequired\b"
            r"|\bvalidation\b|\bunknown (model|language)\b"
        ),
    ),
)


def classify(code: str, message: str, http_status: int | None = None) -> FaultKind:
    """Why the upstream refused: its HTTP status decides, else its code, else its words.

    Source: the voice-API contract, section 7, point 5; what fits nowhere may pass.
    """
    if http_status is not None:
        return _classify_status(http_status)
    code, message = code.upper().replace("-", "_").replace(" ", "_"), message.lower()
    for kind, pattern in _CODE_KINDS:
        if pattern.search(code):
            return kind
    if code.startswith("INTERNAL"):
        return FaultKind.TRANSIENT
    for kind, pattern in _MESSAGE_KINDS:
        if pattern.search(message):
            return kind
    return FaultKind.TRANSIENT


def _classify_status(status: int) -> FaultKind:
    if status in (401, 403):
        return FaultKind.AUTH
    if status == 429:
        return FaultKind.QUOTA
    if status in (408, 425) or status >= 500:
        return FaultKind.TRANSIENT
    return FaultKind.CONFIG


def retry_after_s(value: str | None) -> float | None:
    """Seconds from now; the header holds seconds or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
