"""Who may use the server: its test keys, and only pages of its own host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from captions.speechserver.switches import ABSENT, Switches

KEY = "emu-key"
KEY_WITHOUT_TRANSFORM = "emu-key-nollm"
KEY_OVER_QUOTA = "emu-key-quota"
KEY_FORBIDDEN = "emu-key-forbidden"

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

How = Literal["header", "query", "bearer", "none"]


@dataclass(frozen=True, slots=True)
class Denied:
    """A request refused over HTTP. ``retry_after`` is the header's value, or empty."""

    status: int
    code: str
    message: str
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request with a good key; ``how`` it came."""

    how: How
    may_transform: bool


def find_key(headers: Mapping[str, str], query: Mapping[str, str], switches: Switches) -> tuple[str, How]:
    """The key of a request; the header wins over the query (voice-API contract, U4)."""
    if key := headers.get("X-Api-Key"):
        return key, "header"
    if key := query.get("token"):
        return key, "query"
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    if switches.legacy_bearer and scheme.lower() == "bearer" and key:
        return key, "bearer"
    return "", "none"


def check_key(headers: Mapping[str, str], query: Mapping[str, str], switches: Switches) -> Admitted | Denied:
    """Whether the key is good, and for what."""
    if switches.refuse_status:
        return Denied(int(switches.refuse_status), "INTERNAL_ERROR", "refused", _retry_after(switches))
    return admit(*find_key(headers, query, switches), switches)


def admit(key: str, how: How, switches: Switches) -> Admitted | Denied:
    """What each of the test keys may do, with every vendor (8.1)."""
    if key in (KEY, KEY_WITHOUT_TRANSFORM):
        return Admitted(how, may_transform=key == KEY)
    if key == KEY_OVER_QUOTA:
        return Denied(429, "QUOTA_EXCEEDED", "the quota is used up", _retry_after(switches))
    if key == KEY_FORBIDDEN:
        return Denied(403, "FORBIDDEN", "this key may not do that")
    return Denied(401, "UNAUTHORIZED", "the API key is missing or wrong")


def is_foreign(headers: Mapping[str, str], bound_host: str) -> bool:
    """Whether a request was made by a page of another site, or through a name that is not ours.

    A browser lets any page open a socket to this machine; the key is no secret, so the origin has to do.
    """
    host = _hostname(f"//{headers.get('Host', '')}")
    ours = LOOPBACK | {bound_host.lower()}
    if bound_host not in {"0.0.0.0", "::"} and host not in ours:  # noqa: S104
        return True
    origin = headers.get("Origin")
    return origin is not None and _hostname(origin) not in ours | {host}


def _hostname(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _retry_after(switches: Switches) -> str:
    return "" if switches.retry_after == ABSENT else switches.retry_after
